//! Datasets.

use std::ptr::{self, null_mut};

use smash_sdk::abi;

use super::call::{Row, none, rows, tensor};

pub(super) fn rows() -> Vec<Row> {
    rows! {
        dataset_from_dlpack Nothing nulls [0, 1, 2, 3, 4] texts [1] |c| {
            let (mut out, options) = (null_mut(), "{}");
            let (mut x, mut y) = (tensor(&mut [0i64; 4]), tensor(&mut [0i64; 1]));
            let code = (c.api.dataset_from_dlpack)(
                c.p(0, c.context), c.text(1, options), c.len(1, options), c.p(2, &mut x), c.p(3, &mut y),
                c.p(4, &mut out), c.err(),
            );
            none(out);
            code
        };
        dataset_from_vtable Nothing nulls [0, 1, 3] texts [1] |c| {
            let (mut out, name) = (null_mut(), "mine");
            (c.api.dataset_from_vtable)(
                c.p(0, c.context), c.text(1, name), c.len(1, name), ptr::null(), null_mut(), c.p(3, &mut out), c.err(),
            )
        };
        dataset_from_config Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, config) = (null_mut(), r#"{"type": "digits"}"#);
            let code = (c.api.dataset_from_config)(
                c.p(0, c.context), c.text(1, config), c.len(1, config), c.p(2, &mut out), c.err(),
            );
            (c.api.dataset_free)(out);
            code
        };
        dataset_free Nothing nulls [] texts [] |c| { (c.api.dataset_free)(null_mut()); abi::OK };
    }
}

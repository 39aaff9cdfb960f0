//! Trained networks.

use std::ptr::{self, null_mut};

use smash_sdk::abi::{self, Buf, Reader, Writer};

use super::call::{Row, read, release, rows, tensor, write};

pub(super) fn rows() -> Vec<Row> {
    rows! {
        model_train Nothing nulls [0, 1, 2, 3] texts [1, 2] sizes true |c| {
            let mut out = null_mut();
            (c.api.model_train)(
                c.p(0, c.context), c.text(1, "{}"), c.len(1, "{}"), c.text(2, "{}"), c.len(2, "{}"), ptr::null(),
                &c.run_options(), c.p(3, &mut out), c.err(),
            )
        };
        model_load Nothing nulls [0, 1, 2] texts [] |c| {
            let (mut out, mut reader) = (null_mut(), Reader { struct_size: size_of::<Reader>(), user: null_mut(), read: Some(read) });
            (c.api.model_load)(c.p(0, c.context), c.p(1, &mut reader), c.p(2, &mut out), c.err())
        };
        model_metrics Model nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.model_metrics)(c.p(0, c.model), c.p(1, &mut out), c.err());
            release(out);
            code
        };
        model_predict Model nulls [0, 1, 2] texts [] |c| {
            let (mut out, mut x) = (null_mut(), tensor(&mut [0i64; 4]));
            (c.api.model_predict)(c.p(0, c.model), c.p(1, &mut x), c.p(2, &mut out), c.err())
        };
        model_save Model nulls [0, 1] texts [] |c| {
            let mut writer = Writer { struct_size: size_of::<Writer>(), user: null_mut(), write: Some(write) };
            (c.api.model_save)(c.p(0, c.model), c.p(1, &mut writer), c.err())
        };
        model_free Nothing nulls [] texts [] |c| { (c.api.model_free)(null_mut()); abi::OK };
    }
}

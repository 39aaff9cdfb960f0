//! Contexts.

use std::ptr::null_mut;

use smash_sdk::abi::{self, Buf, ContextOptions};

use super::call::{HOSTED, Row, Wrong, release, rows};

pub(super) fn rows() -> Vec<Row> {
    rows! {
        context_create Nothing nulls [1] texts [] sizes true |c| {
            let mut out = null_mut();
            let mut options: ContextOptions = std::mem::zeroed();
            options.struct_size = if let Wrong::Size(size) = c.wrong { size } else { size_of::<ContextOptions>() };
            let code = (c.api.context_create)(&options, c.p(1, &mut out), c.err());
            (c.api.context_free)(out);
            code
        };
        context_load_plugin Nothing nulls [0, 1] texts [1] |c|
            (c.api.context_load_plugin)(c.p(0, c.context), c.text(1, "/x"), c.len(1, "/x"), c.err());
        context_describe Nothing nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            (c.api.context_describe)(c.p(0, c.context), c.p(1, &mut out), c.err())
        };
        context_schema Nothing nulls [0, 1, 2, 3] texts [1, 2] |c| {
            let mut out = Buf::EMPTY;
            let (kind, id) = ("space", "memory_bank");
            let code = (c.api.context_schema)(
                c.p(0, c.context), c.text(1, kind), c.len(1, kind), c.text(2, id), c.len(2, id), c.p(3, &mut out), c.err(),
            );
            release(out);
            code
        };
        config_validate Nothing nulls [0, 1, 2] texts [1] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.config_validate)(
                c.p(0, c.context), c.text(1, HOSTED), c.len(1, HOSTED), c.p(2, &mut out), c.err(),
            );
            release(out);
            code
        };
        context_free Nothing nulls [] texts [] |c| { (c.api.context_free)(null_mut()); abi::OK };
    }
}

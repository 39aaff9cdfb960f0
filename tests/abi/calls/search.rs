//! Searches.

use std::ptr::{self, null_mut};

use smash_sdk::abi::{self, Buf, Reader, Writer};

use super::call::{HOSTED, Row, read, release, rows, write};

pub(super) fn rows() -> Vec<Row> {
    rows! {
        search_create Nothing nulls [0, 1, 2] texts [1] |c| {
            let mut out = null_mut();
            let code = (c.api.search_create)(
                c.p(0, c.context), c.text(1, HOSTED), c.len(1, HOSTED), ptr::null(), c.p(2, &mut out), c.err(),
            );
            (c.api.search_free)(out);
            code
        };
        search_step Search nulls [0] texts [] |c|
            (c.api.search_step)(c.p(0, c.search), 1, null_mut(), null_mut(), c.err());
        search_run Search nulls [0] texts [] sizes true |c|
            (c.api.search_run)(c.p(0, c.search), &c.run_options(), c.err());
        search_cancel Nothing nulls [] texts [] |c| { (c.api.search_cancel)(ptr::null()); abi::OK };
        search_status Nothing nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.search_status)(c.p(0, c.search), c.p(1, &mut out), c.err());
            release(out);
            code
        };
        search_ask Search nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.search_ask)(c.p(0, c.search), 1, c.p(1, &mut out), c.err());
            release(out);
            code
        };
        search_tell Search nulls [0, 1] texts [1] |c|
            (c.api.search_tell)(c.p(0, c.search), c.text(1, "[]"), c.len(1, "[]"), c.err());
        search_report Search nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (0, "{}");
            (c.api.search_report)(c.p(0, c.search), c.text(1, text), c.len(1, text), c.p(2, &mut out), c.err())
        };
        search_best Search nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.search_best)(c.p(0, c.search), 1, c.p(1, &mut out), c.err());
            release(out);
            code
        };
        search_score Search nulls [0, 1, 2] texts [1] |c| {
            let mut out = 0.0;
            (c.api.search_score)(c.p(0, c.search), c.text(1, "[]"), c.len(1, "[]"), c.p(2, &mut out), 0, c.err())
        };
        search_model Search nulls [0, 1] texts [] |c| {
            let mut out = null_mut();
            (c.api.search_model)(c.p(0, c.search), c.p(1, &mut out), c.err())
        };
        search_save Search nulls [0, 1] texts [] |c| {
            let mut writer = Writer { struct_size: size_of::<Writer>(), user: null_mut(), write: Some(write) };
            (c.api.search_save)(c.p(0, c.search), c.p(1, &mut writer), c.err())
        };
        search_load Nothing nulls [0, 1, 2] texts [] |c| {
            let (mut out, mut reader) = (null_mut(), Reader { struct_size: size_of::<Reader>(), user: null_mut(), read: Some(read) });
            (c.api.search_load)(c.p(0, c.context), c.p(1, &mut reader), ptr::null(), c.p(2, &mut out), c.err())
        };
        search_free Nothing nulls [] texts [] |c| { (c.api.search_free)(null_mut()); abi::OK };
    }
}

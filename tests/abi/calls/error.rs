//! Errors, and what belongs to no handle.

use std::ffi::CStr;
use std::ptr::{self, null_mut};

use smash_sdk::abi;

use super::call::{Row, rows};

pub(super) fn rows() -> Vec<Row> {
    rows! {
        error_code Nothing nulls [] texts [] |c| (c.api.error_code)(ptr::null());
        error_message Nothing nulls [] texts [] |c| {
            assert_eq!(CStr::from_ptr((c.api.error_message)(ptr::null(), null_mut())), c"");
            abi::OK
        };
        error_details Nothing nulls [] texts [] |c| {
            assert_eq!(CStr::from_ptr((c.api.error_details)(ptr::null(), null_mut())), c"");
            abi::OK
        };
        error_new Nothing nulls [] texts [] |c| {
            let error = (c.api.error_new)(abi::ERR_DATA, ptr::null(), 0, ptr::null(), 0);
            assert_eq!((c.api.error_code)(error), abi::ERR_DATA);
            (c.api.error_free)(error);
            abi::OK
        };
        error_free Nothing nulls [] texts [] |c| { (c.api.error_free)(null_mut()); abi::OK };
    }
}

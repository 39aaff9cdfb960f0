//! The host's side of errors and the services that it lends to plugins.

use std::ffi::{CString, c_char, c_void};
use std::ptr;

use serde_json::Value;

use crate::abi::{self, Code, Host, MAJOR, MINOR};
use crate::buf;

/// What an [`abi::Error`] really is. Plugins make it through [`Host::error_new`] and never look inside.
#[derive(Debug)]
pub struct ErrorObject {
    code: Code,
    message: CString,
    details: CString,
}

impl ErrorObject {
    /// An error; `details` is JSON or empty. What stands behind a NUL is lost.
    pub fn new(code: Code, message: &str, details: &str) -> Box<Self> {
        let text = |text: &str| {
            let end = text.find('\0').unwrap_or(text.len());
            CString::new(&text[..end]).unwrap_or_default()
        };
        Box::new(Self { code, message: text(message), details: text(details) })
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its message.
    pub fn message(&self) -> &str {
        self.message.to_str().unwrap_or_default()
    }

    /// Its details; null when there are none, or they are no JSON.
    pub fn details(&self) -> Value {
        self.details.to_str().ok().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// As it crosses.
    pub fn into_raw(self: Box<Self>) -> *mut abi::Error {
        Box::into_raw(self).cast()
    }
}

/// Takes an error over; `None` for null.
///
/// # Safety
/// `err` is null or came from [`ErrorObject::into_raw`] in this process and is not used again.
pub unsafe fn take(err: *mut abi::Error) -> Option<Box<ErrorObject>> {
    // SAFETY: promised by the caller.
    (!err.is_null()).then(|| unsafe { Box::from_raw(err.cast::<ErrorObject>()) })
}

unsafe extern "C" fn error_new(
    code: Code,
    message: *const c_char,
    message_len: usize,
    details: *const c_char,
    details_len: usize,
) -> *mut abi::Error {
    // SAFETY: the caller lends both texts for this call.
    let (message, details) =
        unsafe { (buf::bytes(message.cast(), message_len), buf::bytes(details.cast(), details_len)) };
    ErrorObject::new(code, &String::from_utf8_lossy(message), &String::from_utf8_lossy(details)).into_raw()
}

unsafe extern "C" fn get_extension(_id: *const c_char) -> *const c_void {
    ptr::null()
}

/// What this process lends to the plugins that it loads.
pub static HOST: Host = Host {
    struct_size: size_of::<Host>(),
    abi_major: MAJOR,
    abi_minor: MINOR,
    get_extension: Some(get_extension),
    error_new: Some(error_new),
    log: None,
};

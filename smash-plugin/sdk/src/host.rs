//! The host's side of errors and the services that it lends to plugins.

use std::ffi::{CString, c_char, c_void};
use std::ptr;

use serde_json::Value;

use crate::abi::{self, Code, Host, MAJOR, MINOR};
use crate::{buf, guard};

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

/// Takes an error over; `None` for null. In a plugin it is the host that reads and frees it.
///
/// # Safety
/// `err` is null or came from the `error_new` of this process's host and is not used again.
pub unsafe fn take(err: *mut abi::Error) -> Option<Box<ErrorObject>> {
    let host = guard::host();
    let (Some(code), Some(message), Some(details), Some(free)) =
        (host.error_code, host.error_message, host.error_details, host.error_free)
    else {
        return None;
    };
    let text = |of: ReadFn| {
        let mut len = 0;
        // SAFETY: promised by the caller; the text is copied before the error is freed.
        let bytes = unsafe { buf::bytes(of(err, &raw mut len).cast(), len) };
        String::from_utf8_lossy(bytes).into_owned()
    };
    (!err.is_null()).then(|| {
        // SAFETY: promised by the caller.
        let object = ErrorObject::new(unsafe { code(err) }, &text(message), &text(details));
        // SAFETY: promised by the caller.
        unsafe { free(err) };
        object
    })
}

type ReadFn = unsafe extern "C" fn(error: *const abi::Error, len: *mut usize) -> *const c_char;

unsafe extern "C" fn error_code(error: *const abi::Error) -> Code {
    // SAFETY: null, or made by `error_new`.
    unsafe { error.cast::<ErrorObject>().as_ref() }.map_or(abi::OK, |object| object.code)
}

unsafe extern "C" fn error_message(error: *const abi::Error, len: *mut usize) -> *const c_char {
    // SAFETY: as in `error_code`; the caller lends a place for the length.
    unsafe { handed(error, len, |object| &object.message) }
}

unsafe extern "C" fn error_details(error: *const abi::Error, len: *mut usize) -> *const c_char {
    // SAFETY: as in `error_message`.
    unsafe { handed(error, len, |object| &object.details) }
}

/// # Safety
/// `error` is null or made by `error_new`; `len` is null or can be written.
unsafe fn handed(
    error: *const abi::Error,
    len: *mut usize,
    of: fn(&ErrorObject) -> &CString,
) -> *const c_char {
    // SAFETY: promised by the caller.
    let text = unsafe { error.cast::<ErrorObject>().as_ref() }.map(of);
    if !len.is_null() {
        // SAFETY: promised by the caller.
        unsafe { len.write(text.map_or(0, |text| text.as_bytes().len())) };
    }
    text.map_or(ptr::null(), |text| text.as_ptr())
}

unsafe extern "C" fn error_free(error: *mut abi::Error) {
    if !error.is_null() {
        // SAFETY: made by `error_new`, and the caller does not use it again.
        drop(unsafe { Box::from_raw(error.cast::<ErrorObject>()) });
    }
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
    error_code: Some(error_code),
    error_message: Some(error_message),
    error_details: Some(error_details),
    error_free: Some(error_free),
};

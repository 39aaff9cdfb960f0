//! The host's side of errors and the services that it lends to plugins.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use serde_json::Value;

use crate::abi::{self, Code, Host, LogFn, MAJOR, MINOR};
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

    /// Its message, NUL-terminated.
    pub fn message_text(&self) -> &CStr {
        &self.message
    }

    /// Its details as JSON, NUL-terminated; empty when there are none.
    pub fn details_text(&self) -> &CStr {
        &self.details
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

/// [`Host::error_new`].
///
/// # Safety
/// Both texts are null or as long as they say.
pub unsafe extern "C" fn error_new(
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

/// Where messages of a host's calls go.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    function: LogFn,
    user: *mut c_void,
    level: i32,
}

// SAFETY: whoever makes one promises that its function may be called from any thread.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

thread_local! {
    /// The log of the call that this thread is in.
    static LOG: Cell<Option<Log>> = const { Cell::new(None) };
}

impl Log {
    /// Messages up to `level` go to `function`.
    ///
    /// # Safety
    /// `function` may be called with `user` by any thread as long as the result or a copy of it lives.
    pub unsafe fn new(function: LogFn, user: *mut c_void, level: i32) -> Self {
        Self { function, user, level }
    }
}

/// Makes a call during which messages of this thread go to `log`.
pub fn with_log<R>(log: Option<Log>, call: impl FnOnce() -> R) -> R {
    struct Restore(Option<Log>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LOG.set(self.0);
        }
    }
    let _restore = Restore(LOG.replace(log));
    call()
}

/// A message of the call that this thread is in: level (0 error … 4 trace), where it is from, and what it says.
pub fn log(level: i32, target: &str, message: &str) {
    if let Some(log) = LOG.get().filter(|log| level <= log.level) {
        let (t, m) = (target.as_ptr().cast::<c_char>(), message.as_ptr().cast::<c_char>());
        // SAFETY: promised to `Log::new`; both texts live for the call.
        unsafe { (log.function)(log.user, level, t, target.len(), m, message.len()) };
    }
}

unsafe extern "C" fn host_log(
    level: i32,
    target: *const c_char,
    target_len: usize,
    message: *const c_char,
    message_len: usize,
) {
    // SAFETY: the plugin lends both texts for this call.
    let (target, message) =
        unsafe { (buf::bytes(target.cast(), target_len), buf::bytes(message.cast(), message_len)) };
    log(level, &String::from_utf8_lossy(target), &String::from_utf8_lossy(message));
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
    log: Some(host_log),
};

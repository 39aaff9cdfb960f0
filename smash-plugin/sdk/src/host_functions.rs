//! The host functions: errors and the log, which the host implements and plugins call.

use std::cell::Cell;
use std::ffi::{CString, c_char, c_void};

use serde_json::Value;

use crate::abi::{self, Code, Host, LogFn, MAJOR, MINOR};
use crate::float_mode::FloatMode;
use crate::{buf, guard};

/// The object behind [`abi::Error`]. Plugins make it through [`Host::error_new`] and never look inside.
#[derive(Debug)]
pub struct ErrorObject {
    code: Code,
    message: CString,
    details: CString,
}

impl ErrorObject {
    /// An error object; `details` is JSON or empty. Text after a NUL is lost.
    pub fn new(code: Code, message: &str, details: &str) -> Box<Self> {
        let text = |text: &str| {
            let end = text.find('\0').unwrap_or(text.len());
            CString::new(&text[..end]).unwrap_or_default()
        };
        Box::new(Self { code, message: text(message), details: text(details) })
    }

    /// The error code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The error message.
    pub fn message(&self) -> &str {
        self.message.to_str().unwrap_or_default()
    }

    /// The details; null when there are none, or they are no valid JSON.
    pub fn details(&self) -> Value {
        self.details.to_str().ok().and_then(|text| smash_core::json::from_str(text).ok()).unwrap_or_default()
    }

    /// The error as an opaque pointer for the other side.
    pub fn into_raw(self: Box<Self>) -> *mut abi::Error {
        Box::into_raw(self).cast()
    }
}

/// Takes ownership of an error; `None` for null. In a plugin the host's functions read and free it.
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

/// Implements [`Host::error_code`].
///
/// # Safety
/// `error` is null or came from [`error_new`] in this library.
pub unsafe extern "C" fn error_code(error: *const abi::Error) -> Code {
    // SAFETY: null, or made by `error_new`.
    unsafe { error.cast::<ErrorObject>().as_ref() }.map_or(abi::OK, |object| object.code)
}

/// Implements [`Host::error_message`].
///
/// # Safety
/// As [`error_code`]; `len` is null or can be written.
pub unsafe extern "C" fn error_message(error: *const abi::Error, len: *mut usize) -> *const c_char {
    // SAFETY: as in `error_code`; the caller passes a valid pointer for the length.
    unsafe { text_of(error, len, |object| &object.message) }
}

/// Implements [`Host::error_details`].
///
/// # Safety
/// As [`error_message`].
pub unsafe extern "C" fn error_details(error: *const abi::Error, len: *mut usize) -> *const c_char {
    // SAFETY: as in `error_message`.
    unsafe { text_of(error, len, |object| &object.details) }
}

/// # Safety
/// `error` is null or made by `error_new`; `len` is null or can be written.
unsafe fn text_of(
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
    text.map_or(c"".as_ptr(), |text| text.as_ptr())
}

/// Implements [`Host::error_free`].
///
/// # Safety
/// As [`error_code`]; the error is not used again.
pub unsafe extern "C" fn error_free(error: *mut abi::Error) {
    if !error.is_null() {
        // SAFETY: made by `error_new`, and the caller does not use it again.
        drop(unsafe { Box::from_raw(error.cast::<ErrorObject>()) });
    }
}

/// Implements [`Host::error_new`].
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
    // SAFETY: both texts are valid for this call.
    let (message, details) =
        unsafe { (buf::bytes(message.cast(), message_len), buf::bytes(details.cast(), details_len)) };
    ErrorObject::new(code, &String::from_utf8_lossy(message), &String::from_utf8_lossy(details)).into_raw()
}

/// A log callback with its level and user pointer.
#[derive(Clone, Copy, Debug)]
pub struct LogCallback {
    function: LogFn,
    user: *mut c_void,
    level: i32,
}

// SAFETY: whoever makes one promises that its function may be called from any thread.
unsafe impl Send for LogCallback {}
// SAFETY: as above.
unsafe impl Sync for LogCallback {}

thread_local! {
    /// The log callback of the call that this thread is in.
    static LOG: Cell<Option<LogCallback>> = const { Cell::new(None) };
}

impl LogCallback {
    /// A log callback that gets messages up to `level`.
    ///
    /// # Safety
    /// `function` may be called with `user` by any thread as long as the result or a copy of it lives.
    pub unsafe fn new(function: LogFn, user: *mut c_void, level: i32) -> Self {
        Self { function, user, level }
    }
}

/// Runs a call during which messages of this thread go to `log`.
pub fn with_log<R>(log: Option<LogCallback>, call: impl FnOnce() -> R) -> R {
    struct Restore(Option<LogCallback>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LOG.set(self.0);
        }
    }
    let _restore = Restore(LOG.replace(log));
    call()
}

/// Level of an error in the log.
pub const ERROR: i32 = 0;
/// Level of a warning.
pub const WARNING: i32 = 1;
/// Level of information.
pub const INFORMATION: i32 = 2;
/// Level of details for debugging.
pub const DEBUG: i32 = 3;
/// Level of everything.
pub const TRACE: i32 = 4;

/// Whether anybody gets messages of a level in the call that this thread is in.
pub fn logs(level: i32) -> bool {
    LOG.get().is_some_and(|log| level <= log.level)
}

/// Logs a message in the call that this thread is in: level (0 error … 4 trace), target and text.
pub fn log(level: i32, target: &str, message: &str) {
    if let Some(log) = LOG.get().filter(|log| level <= log.level) {
        let _mode = FloatMode::keep();
        let [t, m] = [target, message].map(|text| format!("{text}\0"));
        let (t, m) = (t.as_ptr().cast::<c_char>(), m.as_ptr().cast::<c_char>());
        // SAFETY: promised to `LogCallback::new`; both texts are valid for the call.
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
    // SAFETY: both texts of the plugin are valid for this call.
    let (target, message) =
        unsafe { (buf::bytes(target.cast(), target_len), buf::bytes(message.cast(), message_len)) };
    log(level, &String::from_utf8_lossy(target), &String::from_utf8_lossy(message));
}

/// The host functions that this process offers to the plugins that it loads.
pub static HOST: Host = Host {
    struct_size: size_of::<Host>(),
    abi_major: MAJOR,
    abi_minor: MINOR,
    error_new: Some(error_new),
    log: Some(host_log),
    error_code: Some(error_code),
    error_message: Some(error_message),
    error_details: Some(error_details),
    error_free: Some(error_free),
};

//! The panic boundary between a foreign caller and safe code: every panic is caught, every error becomes a
//! code and an error object.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use serde_json::Value;
use smash_core::Error as Core;

use crate::abi::{Code, ERR_INVALID_ARGUMENT, ERR_PANIC, Error, Host, OK};
use crate::buf::ArgumentError;
use crate::error::parts;
use crate::float_mode::FloatMode;

/// The host that initialised this library, if it is a plugin.
static HOST: OnceLock<&'static Host> = OnceLock::new();

/// Stores the host; only the first one is kept.
pub(crate) fn set_host(host: &'static Host) {
    let _ = HOST.set(host);
}

/// The functions of the host: in a plugin those of the host that initialised it, else this program's own.
pub(crate) fn host() -> &'static Host {
    HOST.get().copied().unwrap_or(&crate::host_functions::HOST)
}

/// Why a call failed: code, message and details.
#[derive(Debug)]
pub struct Failure(Code, String, Option<Value>);

impl Failure {
    /// A failure with a code, a message, and details where there are any.
    pub fn new(code: Code, message: impl Into<String>, details: Option<Value>) -> Self {
        Self(code, message.into(), details)
    }

    /// The failure of an error that is kept.
    pub(crate) fn of(error: &Core) -> Self {
        let (code, message, details) = parts(error);
        Self(code, message, details)
    }
}

impl Failure {
    /// The code.
    pub fn code(&self) -> Code {
        self.0
    }
}

impl From<Core> for Failure {
    fn from(error: Core) -> Self {
        Self::of(&error)
    }
}

impl From<ArgumentError> for Failure {
    fn from((code, message): ArgumentError) -> Self {
        Self(code, message, None)
    }
}

/// Runs a call, with the floating-point mode of its caller set aside, and catches panics (the panic
/// boundary). `err` is null or can be written.
pub fn guard(err: *mut *mut Error, call: impl FnOnce() -> Result<(), Failure>) -> Code {
    let _mode = FloatMode::set_aside();
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        let message = panic_message(&*payload);
        // Dropping a panic payload may panic again; the payload of that second panic is leaked.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        Err(Failure(ERR_PANIC, message, None))
    });
    match result {
        Ok(()) => OK,
        Err(Failure(code, message, details)) => {
            write_error(err, code, &message, details.as_ref());
            code
        }
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("(no message)"))
}

/// Writes an error object, made by the host, to the out-parameter for errors, if the caller asked for one.
fn write_error(err: *mut *mut Error, code: Code, message: &str, details: Option<&Value>) {
    let Some(new) = host().error_new else { return };
    if err.is_null() {
        return;
    }
    let details = details.map(Value::to_string).unwrap_or_default();
    // SAFETY: both texts live for the call, and `err` is not null; the caller promised that it can be
    // written.
    unsafe {
        *err = new(code, message.as_ptr().cast(), message.len(), details.as_ptr().cast(), details.len());
    }
}

/// Writes a result to an out-parameter; `what` is its name in messages.
///
/// # Errors
/// For a null pointer.
///
/// # Safety
/// A non-null pointer can be written; the memory may be uninitialised.
pub unsafe fn write_out<T>(pointer: *mut T, what: &str, value: T) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err((ERR_INVALID_ARGUMENT, format!("{what}: found a null pointer")).into());
    }
    // SAFETY: promised by the caller.
    unsafe { pointer.write(value) };
    Ok(())
}

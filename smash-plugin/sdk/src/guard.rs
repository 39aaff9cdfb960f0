//! What stands between a foreign caller and safe code: every panic is caught, every error becomes a code and an object.

use std::any::Any;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use smash_core::Error as Core;

use crate::abi::{self, BAD_STATE, BUSY, Code, Error, Host, INVALID_ARGUMENT, OK, PANIC};
use crate::buf::Fault;
use crate::error::parts;

/// The host that initialised this library.
static HOST: OnceLock<&'static Host> = OnceLock::new();

/// Remembers the host; the first one stays.
pub(crate) fn remember(host: &'static Host) {
    let _ = HOST.set(host);
}

/// The host: in a plugin the one that initialised it, else this program.
pub(crate) fn host() -> &'static Host {
    HOST.get().copied().unwrap_or(&crate::host::HOST)
}

/// Why a call failed.
pub(crate) struct Failure(Code, String, Option<Value>);

impl From<Core> for Failure {
    fn from(error: Core) -> Self {
        let (code, message, details) = parts(&error);
        Self(code, message, details)
    }
}

impl From<Fault> for Failure {
    fn from((code, message): Fault) -> Self {
        Self(code, message, None)
    }
}

/// Runs a call; a panic is caught.
pub(crate) fn guard(err: *mut *mut Error, call: impl FnOnce() -> Result<(), Failure>) -> Code {
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        // Dropping what was thrown may panic again.
        let message = panic_message(&*payload);
        std::mem::forget(payload);
        Err(Failure(PANIC, message, None))
    });
    match result {
        Ok(()) => OK,
        Err(Failure(code, message, details)) => {
            raise(err, code, &message, details.as_ref());
            code
        }
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("(no message)"))
}

/// Writes an error through the host, if the caller wants one.
fn raise(err: *mut *mut Error, code: Code, message: &str, details: Option<&Value>) {
    let Some(new) = host().error_new else { return };
    if err.is_null() {
        return;
    }
    let details = details.map(Value::to_string).unwrap_or_default();
    // SAFETY: both texts live for the call, and `err` is not null; the caller promised that it can be written.
    unsafe {
        *err = new(code, message.as_ptr().cast(), message.len(), details.as_ptr().cast(), details.len());
    }
}

/// A component behind an opaque pointer. One call at a time; after a panic none at all.
pub(crate) struct Instance<T> {
    busy: AtomicBool,
    poisoned: AtomicBool,
    value: UnsafeCell<T>,
}

impl<T> Instance<T> {
    /// Hands a component out.
    pub(crate) fn into_raw(value: T) -> *mut c_void {
        let instance = Self {
            busy: AtomicBool::new(false),
            poisoned: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        };
        Box::into_raw(Box::new(instance)).cast()
    }

    /// Calls into it.
    ///
    /// # Safety
    /// `this` is null or came from [`Instance::<T>::into_raw`] and was not destroyed.
    pub(crate) unsafe fn call(
        this: *mut c_void,
        err: *mut *mut Error,
        call: impl FnOnce(&mut T) -> Result<(), Failure>,
    ) -> Code {
        guard(err, || {
            // SAFETY: promised by the caller.
            let Some(instance) = (unsafe { this.cast::<Self>().as_ref() }) else {
                return Err((INVALID_ARGUMENT, "self: found a null pointer".to_owned()).into());
            };
            if instance.busy.swap(true, Ordering::Acquire) {
                return Err((BUSY, "another call is at work on this component".to_owned()).into());
            }
            let _free = Free(&instance.busy);
            if instance.poisoned.swap(true, Ordering::Relaxed) {
                return Err((BAD_STATE, "an earlier call panicked: only destroy is left".to_owned()).into());
            }
            // SAFETY: `busy` gives one call at a time the value.
            let result = call(unsafe { &mut *instance.value.get() });
            instance.poisoned.store(false, Ordering::Relaxed);
            result
        })
    }

    /// Ends it.
    ///
    /// # Safety
    /// As [`call`](Self::call); it is not used again.
    pub(crate) unsafe fn destroy(this: *mut c_void) {
        if !this.is_null() {
            // SAFETY: promised by the caller.
            let instance = unsafe { Box::from_raw(this.cast::<Self>()) };
            guard(std::ptr::null_mut(), || {
                drop(instance);
                Ok(())
            });
        }
    }
}

/// Clears the flag however the call ends.
struct Free<'a>(&'a AtomicBool);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Writes a result.
///
/// # Safety
/// A pointer that is not null can be written; what it points to may be uninitialised.
pub(crate) unsafe fn put<T>(pointer: *mut T, what: &str, value: T) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err((abi::INVALID_ARGUMENT, format!("{what}: found a null pointer")).into());
    }
    // SAFETY: promised by the caller.
    unsafe { pointer.write(value) };
    Ok(())
}

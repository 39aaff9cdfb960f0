//! The guard between a foreign caller and safe code: every panic is caught, every error becomes a code and an
//! error object.

use std::any::Any;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use smash_core::Error as Core;
use smash_core::process::Process;

use crate::abi::{self, Code, ERR_BAD_STATE, ERR_BUSY, ERR_INVALID_ARGUMENT, ERR_PANIC, Error, Host, OK};
use crate::buf::ArgumentError;
use crate::error::parts;
use crate::float_mode::FloatMode;

/// The host that initialised this library, if it is a plugin.
static HOST: OnceLock<&'static Host> = OnceLock::new();

/// Stores the host; only the first one is kept.
pub(crate) fn remember(host: &'static Host) {
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

/// Runs a call, with the floating-point mode of its caller set aside, and catches panics. `err` is null or
/// can be written.
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

/// Writes an error through the host, if the caller asked for one.
fn raise(err: *mut *mut Error, code: Code, message: &str, details: Option<&Value>) {
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

/// An instance behind an opaque pointer. It takes one call at a time, and none after a panic (it is poisoned)
/// or in a forked child, which lacks the threads that may belong to it; there it is not dropped either.
pub struct Instance<T> {
    busy: AtomicBool,
    poisoned: AtomicBool,
    process: Process,
    value: ManuallyDrop<UnsafeCell<T>>,
}

// SAFETY: `busy` admits one thread at a time to the value.
unsafe impl<T: Send> Sync for Instance<T> {}

impl<T> Instance<T> {
    /// An instance without a call in it.
    pub fn new(value: T) -> Self {
        Self {
            busy: AtomicBool::new(false),
            poisoned: AtomicBool::new(false),
            process: Process::current(),
            value: ManuallyDrop::new(UnsafeCell::new(value)),
        }
    }

    /// Runs a call on the instance.
    ///
    /// # Errors
    /// ERR_BUSY while another call is running, ERR_BAD_STATE after a panic or in a forked child, and the
    /// errors of the call.
    pub fn enter(&self, call: impl FnOnce(&mut T) -> Result<(), Failure>) -> Result<(), Failure> {
        self.check_process()?;
        if self.busy.swap(true, Ordering::Acquire) {
            return Err((ERR_BUSY, "another call is at work on this handle".to_owned()).into());
        }
        let _free = ClearBusy(&self.busy);
        if self.poisoned.swap(true, Ordering::Relaxed) {
            return Err((
                ERR_BAD_STATE,
                "an earlier call panicked: nothing is left but to free it".to_owned(),
            )
                .into());
        }
        // SAFETY: `busy` admits one call at a time to the value.
        let result = call(unsafe { &mut *self.value.get() });
        self.poisoned.store(false, Ordering::Relaxed);
        result
    }

    /// Checks that this is the process that made the instance.
    ///
    /// # Errors
    /// ERR_BAD_STATE in a forked child: a lock may be held there for ever by a thread that is not there.
    pub fn check_process(&self) -> Result<(), Failure> {
        Ok(self.process.check("this handle")?)
    }

    /// Whether the instance is poisoned by a panic.
    pub fn is_poisoned(&self) -> bool {
        !self.busy.load(Ordering::Acquire) && self.poisoned.load(Ordering::Relaxed)
    }

    /// An opaque pointer to a new instance.
    pub(crate) fn into_raw(value: T) -> *mut c_void {
        Box::into_raw(Box::new(Self::new(value))).cast()
    }

    /// Runs a call on the instance behind an opaque pointer.
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
                return Err((ERR_INVALID_ARGUMENT, "self: found a null pointer".to_owned()).into());
            };
            instance.enter(call)
        })
    }

    /// Destroys the instance behind an opaque pointer.
    ///
    /// # Safety
    /// As [`call`](Self::call); the pointer is not used again.
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

impl<T> Drop for Instance<T> {
    fn drop(&mut self) {
        // In a forked child it is left alone: whoever waits for the end of its threads waits for ever.
        if self.process.is_current() {
            // SAFETY: nothing uses the value after this.
            unsafe { ManuallyDrop::drop(&mut self.value) }
        }
    }
}

/// Makes an opaque handle for a host. It is reference-counted, so that handles may be freed in any order, and
/// even while a call is running.
pub fn hand_out<T, Opaque>(value: T) -> *mut Opaque {
    Arc::into_raw(Arc::new(value)).cast_mut().cast()
}

/// A new reference to what stands behind a handle.
///
/// # Errors
/// For a null pointer.
///
/// # Safety
/// `handle` is null or came from [`hand_out::<T, _>`](hand_out) and is not freed before this call begins.
pub unsafe fn acquire<T, Opaque>(handle: *const Opaque, what: &str) -> Result<Arc<T>, Failure> {
    if handle.is_null() {
        return Err((ERR_INVALID_ARGUMENT, format!("{what}: found a null pointer")).into());
    }
    let pointer = handle.cast::<T>();
    // SAFETY: promised by the caller: the handle holds one reference count, and this adds another.
    unsafe {
        Arc::increment_strong_count(pointer);
        Ok(Arc::from_raw(pointer))
    }
}

/// Frees a handle (drops its reference); null is allowed.
///
/// # Safety
/// As [`acquire`]; the handle is not used again.
pub unsafe fn free<T, Opaque>(handle: *mut Opaque) {
    if !handle.is_null() {
        guard(std::ptr::null_mut(), || {
            // SAFETY: promised by the caller.
            drop(unsafe { Arc::from_raw(handle.cast::<T>().cast_const()) });
            Ok(())
        });
    }
}

/// Clears the busy flag however the call ends.
struct ClearBusy<'a>(&'a AtomicBool);

impl Drop for ClearBusy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Writes a result to an out-pointer; `what` is its name in messages.
///
/// # Errors
/// For a null pointer.
///
/// # Safety
/// A non-null pointer can be written; the memory may be uninitialised.
pub unsafe fn put<T>(pointer: *mut T, what: &str, value: T) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err((abi::ERR_INVALID_ARGUMENT, format!("{what}: found a null pointer")).into());
    }
    // SAFETY: promised by the caller.
    unsafe { pointer.write(value) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The opaque type of a handle on the other side.
    #[repr(C)]
    struct Opaque {
        _private: [u8; 0],
    }

    #[test]
    fn a_handle_may_be_freed_while_a_call_is_in_it() {
        let handle: *mut Opaque = hand_out(Instance::new(vec![1, 2, 3]));
        // SAFETY: it was just handed out, and is freed once.
        let held = unsafe { acquire::<Instance<Vec<i32>>, _>(handle, "it") }.unwrap();
        let called = held.enter(|values| {
            // SAFETY: as above.
            unsafe { free::<Instance<Vec<i32>>, _>(handle) };
            values.push(4);
            Ok(())
        });
        assert!(called.is_ok());
        // SAFETY: null is allowed.
        assert!(unsafe { super::acquire::<Instance<Vec<i32>>, Opaque>(std::ptr::null(), "it") }.is_err());
        // SAFETY: as above.
        unsafe { free::<Instance<Vec<i32>>, Opaque>(std::ptr::null_mut()) };
    }

    #[test]
    fn a_handle_takes_one_call_and_none_after_a_panic() {
        let instance = Instance::new(0);
        let code = |result: Result<(), Failure>| result.err().map(|Failure(code, ..)| code);
        assert_eq!(code(instance.enter(|_| instance.enter(|_| Ok(())))), Some(ERR_BUSY));
        assert!(!instance.is_poisoned());
        assert_eq!(guard(std::ptr::null_mut(), || instance.enter(|_| panic!("fell"))), ERR_PANIC);
        assert_eq!(code(instance.enter(|_| Ok(()))), Some(ERR_BAD_STATE));
        assert!(instance.is_poisoned());
    }
}

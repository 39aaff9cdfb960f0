//! Instances behind opaque pointers, each with exclusive access: one call at a time.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};

use smash_core::process::Process;

use crate::abi::{Code, ERR_BAD_STATE, ERR_BUSY, ERR_INVALID_ARGUMENT, Error};
use crate::guard::{Failure, guard};

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

/// Clears the busy flag however the call ends.
struct ClearBusy<'a>(&'a AtomicBool);

impl Drop for ClearBusy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

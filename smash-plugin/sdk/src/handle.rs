//! Reference-counted handles for hosts.

use std::sync::Arc;

use crate::abi::ERR_INVALID_ARGUMENT;
use crate::guard::{Failure, guard};

/// Makes an opaque handle for a host. It is reference-counted, so that handles may be freed in any order, and
/// even while a call is running.
pub fn into_handle<T, Opaque>(value: T) -> *mut Opaque {
    Arc::into_raw(Arc::new(value)).cast_mut().cast()
}

/// A new reference to what stands behind a handle.
///
/// # Errors
/// For a null pointer.
///
/// # Safety
/// `handle` is null or came from [`into_handle::<T, _>`](into_handle) and is not freed before this call
/// begins.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{ERR_BAD_STATE, ERR_BUSY, ERR_PANIC};
    use crate::instance::Instance;

    /// The opaque type of a handle on the other side.
    #[repr(C)]
    struct Opaque {
        _private: [u8; 0],
    }

    #[test]
    fn a_handle_may_be_freed_while_a_call_is_in_it() {
        let handle: *mut Opaque = into_handle(Instance::new(vec![1, 2, 3]));
        // SAFETY: it was just made, and is freed once.
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
        let code = |result: Result<(), Failure>| result.err().map(|failure| failure.code());
        assert_eq!(code(instance.enter(|_| instance.enter(|_| Ok(())))), Some(ERR_BUSY));
        assert!(!instance.is_poisoned());
        assert_eq!(guard(std::ptr::null_mut(), || instance.enter(|_| panic!("fell"))), ERR_PANIC);
        assert_eq!(code(instance.enter(|_| Ok(()))), Some(ERR_BAD_STATE));
        assert!(instance.is_poisoned());
    }
}

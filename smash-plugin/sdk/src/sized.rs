//! Structs that begin with their size: what a caller of another version has filled in.

use std::mem::MaybeUninit;
use std::ptr;

use crate::abi::{
    BackendVtable, Component, ContextOptions, DatasetVtable, ERR_INVALID_ARGUMENT, ERR_VERSION_MISMATCH,
    EstimatorContext, EstimatorVtable, Feed, Fetch, Outcome, PlanCall, Plugin, ProposerVtable, Reader,
    RunOptions, SpaceVtable, TensorOut, Writer,
};
use crate::buf::ArgumentError;

/// Upper limit on the size of a struct in bytes: far beyond any version.
const MOST: usize = 1 << 16;

/// A struct of the ABI that begins with its size and only grows at its end.
///
/// # Safety
/// The type is `repr(C)` and begins with a `usize`, its size as its producer knows it; zeros are a valid
/// value of every field behind [`MIN_SIZE`](Self::MIN_SIZE).
pub unsafe trait SizedStruct: Copy {
    /// The size that is required: up to and including the last field that version 1.0 requires.
    const MIN_SIZE: usize;
}

/// The size of the field that a function leads to.
const fn size<T, Field>(_: fn(&T) -> &Field) -> usize {
    size_of::<Field>()
}

macro_rules! sized {
    ($($type:ident up to $last:ident;)*) => {$(
        // SAFETY: `abi` declares the struct so.
        unsafe impl SizedStruct for $type {
            const MIN_SIZE: usize =
                std::mem::offset_of!($type, $last) + size(|value: &$type| &value.$last);
        }
    )*};
}

sized! {
    Reader up to read;
    Writer up to write;
    ContextOptions up to flags;
    RunOptions up to user;
    Outcome up to macs;
    Component up to resolve;
    Plugin up to component_stride;
    Feed up to tensor;
    Fetch up to device_len;
    TensorOut up to tensor;
    PlanCall up to out_stride;
    BackendVtable up to destroy;
    SpaceVtable up to destroy;
    ProposerVtable up to destroy;
    EstimatorVtable up to destroy;
    EstimatorContext up to seed;
    DatasetVtable up to destroy;
}

/// The bytes of a struct: those that its producer knows, then zeros for the fields that it does not; what it
/// knows beyond this version is left out. `what` is its name in messages.
///
/// # Errors
/// For a null pointer and an impossible size.
///
/// # Safety
/// `given` is null or points to as many bytes as its first field says.
pub(crate) unsafe fn bytes<T: SizedStruct>(
    given: *const T,
    what: &str,
) -> Result<MaybeUninit<T>, ArgumentError> {
    if given.is_null() || !given.is_aligned() {
        return Err((
            ERR_INVALID_ARGUMENT,
            format!("{what}: expected a struct, found a pointer that is null or not aligned"),
        ));
    }
    // SAFETY: such a struct begins with its size.
    let size = unsafe { given.cast::<usize>().read() };
    if size < T::MIN_SIZE {
        let least = T::MIN_SIZE;
        let text = format!(
            "{what}: expected at least {least} bytes in struct_size, found {size}: it is smaller than in version 1.0"
        );
        return Err((ERR_VERSION_MISMATCH, text));
    }
    if size > MOST {
        let text = format!("{what}: expected at most {MOST} bytes in struct_size, found {size}");
        return Err((ERR_INVALID_ARGUMENT, text));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: both are at least that large.
    unsafe {
        ptr::copy_nonoverlapping(
            given.cast::<u8>(),
            value.as_mut_ptr().cast::<u8>(),
            size.min(size_of::<T>()),
        );
    }
    Ok(value)
}

/// Checks the pointer and the size of a struct.
///
/// # Errors
/// As [`read`].
///
/// # Safety
/// As [`read`], whatever the fields behind the first are.
pub unsafe fn check<T: SizedStruct>(given: *const T, what: &str) -> Result<(), ArgumentError> {
    // SAFETY: promised by the caller.
    unsafe { bytes(given, what) }.map(drop)
}

/// A struct that the other side has filled in, perhaps for an older version (missing fields are zero) or a
/// newer one (further fields are ignored).
///
/// # Errors
/// For a null pointer and an impossible size.
///
/// # Safety
/// `given` is null or points to as many bytes as its first field says, which are a valid `T` as far as they
/// go.
pub unsafe fn read<T: SizedStruct>(given: *const T, what: &str) -> Result<T, ArgumentError> {
    // SAFETY: promised by the caller; zeros are fine for the rest.
    unsafe { bytes(given, what).map(|value| value.assume_init()) }
}

/// A pointer to the struct at `index` of an array whose elements lie `stride` bytes apart.
///
/// # Safety
/// The array has such an element.
pub(crate) unsafe fn at<T>(first: *const T, stride: usize, index: usize) -> *const T {
    // SAFETY: promised by the caller.
    unsafe { first.byte_add(stride * index) }
}

/// Checks the distance between the elements of an array.
///
/// # Errors
/// When an element does not fit into it.
pub(crate) fn check_stride<T: SizedStruct>(stride: usize, what: &str) -> Result<(), ArgumentError> {
    let fits = (T::MIN_SIZE..=MOST).contains(&stride) && stride.is_multiple_of(align_of::<T>());
    let text = || format!("{what}: expected a stride of at least {} bytes, found {stride}", T::MIN_SIZE);
    if fits { Ok(()) } else { Err((ERR_VERSION_MISMATCH, text())) }
}

/// The structs of an array.
///
/// # Errors
/// As [`read`], and for an impossible stride.
///
/// # Safety
/// `first` is null or points to `n` structs that lie `stride` bytes apart, each as [`read`] asks.
pub(crate) unsafe fn list<T: SizedStruct>(
    first: *const T,
    n: usize,
    stride: usize,
    what: &str,
) -> Result<Vec<T>, ArgumentError> {
    if n == 0 {
        return Ok(Vec::new());
    }
    check_stride::<T>(stride, what)?;
    if first.is_null() || !first.is_aligned() {
        return Err((ERR_INVALID_ARGUMENT, format!("{what}: expected {n} structs, found a null pointer")));
    }
    let element = |index| {
        // SAFETY: promised by the caller.
        let pointer = unsafe { at(first, stride, index) };
        // SAFETY: such a struct begins with its size.
        let size = unsafe { pointer.cast::<usize>().read() };
        if size > stride {
            let text = format!(
                "{what}/{index}: expected a struct_size of at most the stride of {stride}, found {size}"
            );
            return Err((ERR_INVALID_ARGUMENT, text));
        }
        // SAFETY: promised by the caller.
        unsafe { read(pointer, what) }
    };
    (0..n).map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fetches as a later version may have them.
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Longer {
        fetch: Fetch,
        more: [u64; 2],
    }

    #[test]
    fn arrays_of_other_versions_are_walked_by_their_stride() {
        let fetch = |device_len| Longer {
            fetch: Fetch {
                struct_size: size_of::<Longer>(),
                name: ptr::null(),
                name_len: 0,
                device: ptr::null(),
                device_len,
            },
            more: [u64::MAX; 2],
        };
        let longer = [fetch(3), fetch(5)];
        let lengths = |first: *const Fetch, n, stride| {
            // SAFETY: there are two, that far apart; null and smaller strides are refused.
            let read = unsafe { list(first, n, stride, "fetches") };
            read.map(|read| read.iter().map(|fetch| fetch.device_len).collect::<Vec<_>>())
        };
        let first = longer.as_ptr().cast::<Fetch>();
        assert_eq!(lengths(first, 2, size_of::<Longer>()).unwrap(), [3, 5]);
        for stride in [size_of::<Fetch>() - 8, usize::MAX, size_of::<Longer>() + 1] {
            assert_eq!(lengths(first, 2, stride).unwrap_err().0, ERR_VERSION_MISMATCH);
        }
        // Each says that it is larger than the stride.
        assert_eq!(lengths(first, 1, size_of::<Fetch>()).unwrap_err().0, ERR_INVALID_ARGUMENT);
        assert!(lengths(ptr::null(), 0, 0).unwrap().is_empty());
        assert_eq!(lengths(ptr::null(), 1, size_of::<Fetch>()).unwrap_err().0, ERR_INVALID_ARGUMENT);
    }
}

//! Buffers that cross the boundary, with their release function.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr;

use crate::abi::{Code, ERR_INVALID_ARGUMENT};

/// An invalid argument: the error code and the message.
pub type ArgumentError = (Code, String);

/// A buffer of bytes handed to the other side, which calls `release` when it is done with it. Text is UTF-8
/// and `data[len]` is 0.
///
/// It has no size: it never grows. What it lies in is often memory of the caller that nobody has filled in,
/// as an out-parameter, and a later kind of buffer will be a struct of its own.
#[repr(C)]
pub struct Buf {
    /// The bytes; null when there are none.
    pub data: *const u8,
    /// Number of bytes.
    pub len: usize,
    /// User pointer of the producer.
    pub user: *mut c_void,
    /// Frees the bytes and clears this struct; null once that is done.
    pub release: Option<unsafe extern "C" fn(buf: *mut Buf)>,
}

impl Buf {
    /// An empty buffer.
    pub const EMPTY: Self = Self { data: ptr::null(), len: 0, user: ptr::null_mut(), release: None };

    /// A buffer of text for the other side; it ends with a NUL that `len` does not count.
    pub fn text(text: String) -> Self {
        let mut bytes = text.into_bytes();
        bytes.push(0);
        let mut buf = Self::bytes(bytes);
        buf.len -= 1;
        buf
    }

    /// A buffer of bytes for the other side.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self::own(bytes)
    }

    /// Hands out a vector without copying it: the vector itself, boxed, is the owner.
    fn own<T: Copy + 'static>(values: Vec<T>) -> Self {
        unsafe extern "C" fn release<T: Copy + 'static>(buf: *mut Buf) {
            // SAFETY: the caller passes the struct that was handed out, or null.
            let Some(buf) = (unsafe { buf.as_mut() }) else { return };
            if buf.release.is_some() && !buf.user.is_null() {
                // SAFETY: `user` is the box of `own::<T>`, and clearing the struct ends its life exactly
                // once.
                drop(unsafe { Box::from_raw(buf.user.cast::<Vec<T>>()) });
                *buf = Buf::EMPTY;
            }
        }
        let len = values.len() * size_of::<T>();
        let boxed = Box::new(values);
        let data = boxed.as_ptr().cast::<u8>();
        let user = Box::into_raw(boxed).cast::<c_void>();
        Self { data, len, user, release: Some(release::<T>) }
    }

    /// Takes ownership of a buffer that the other side handed out.
    pub(crate) fn take(self) -> OwnedBuf {
        OwnedBuf(ManuallyDrop::new(self))
    }
}

/// A buffer of the other side, released when this is dropped.
pub(crate) struct OwnedBuf(ManuallyDrop<Buf>);

impl OwnedBuf {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        // SAFETY: the producer promised `len` bytes at `data` until `release`.
        unsafe { bytes(self.0.data, self.0.len) }
    }
}

impl Drop for OwnedBuf {
    fn drop(&mut self) {
        if let Some(release) = self.0.release {
            // SAFETY: this is the struct that was handed out, released once.
            unsafe { release(&raw mut *self.0) };
        }
    }
}

/// The `len` values at `data` as a slice; empty for a null pointer.
///
/// # Safety
/// A pointer that is not null points to `len` values that live as long as the result is used.
pub unsafe fn slice<'a, T>(data: *const T, len: usize) -> &'a [T] {
    if data.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(data, len) }
}

/// As [`slice()`], for bytes.
///
/// # Safety
/// As [`slice()`].
pub unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    // SAFETY: promised by the caller.
    unsafe { slice(data, len) }
}

/// A text that is borrowed for a call; `what` is its name in messages.
///
/// # Errors
/// For a null pointer and for text that is not UTF-8.
///
/// # Safety
/// As [`slice()`].
pub unsafe fn text<'a>(
    data: *const std::ffi::c_char,
    len: usize,
    what: &str,
) -> Result<&'a str, ArgumentError> {
    if data.is_null() && len > 0 {
        return Err((ERR_INVALID_ARGUMENT, format!("{what}: expected {len} bytes, found a null pointer")));
    }
    // SAFETY: promised by the caller.
    let bytes = unsafe { bytes(data.cast::<u8>(), len) };
    std::str::from_utf8(bytes).map_err(|e| (ERR_INVALID_ARGUMENT, format!("{what}: expected UTF-8: {e}")))
}

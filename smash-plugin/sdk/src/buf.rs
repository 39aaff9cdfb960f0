//! Bytes that change hands.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr;

use crate::abi::{Buf, Code, INVALID_ARGUMENT};

/// What an argument is wrong with.
pub type Fault = (Code, String);

impl Buf {
    /// Nothing.
    pub const EMPTY: Self = Self { data: ptr::null(), len: 0, owner: ptr::null_mut(), release: None };

    /// Text to be handed out; ends with a NUL that does not count.
    pub fn text(text: String) -> Self {
        let mut bytes = text.into_bytes();
        bytes.push(0);
        let mut buf = Self::bytes(bytes);
        buf.len -= 1;
        buf
    }

    /// Bytes to be handed out.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self::own(bytes)
    }

    /// The values of a tensor to be handed out.
    pub fn values(values: Vec<f32>) -> Self {
        Self::own(values)
    }

    /// Hands out a vector without copying it: the vector itself, boxed, is the owner.
    fn own<T: Copy + 'static>(values: Vec<T>) -> Self {
        unsafe extern "C" fn release<T: Copy + 'static>(this: *mut Buf) {
            // SAFETY: the caller passes the struct that was handed out, or null.
            let Some(this) = (unsafe { this.as_mut() }) else { return };
            if this.release.is_some() && !this.owner.is_null() {
                // SAFETY: the owner is the box of `own::<T>`, and clearing the struct ends its life exactly once.
                drop(unsafe { Box::from_raw(this.owner.cast::<Vec<T>>()) });
                *this = Buf::EMPTY;
            }
        }
        let len = values.len() * size_of::<T>();
        let boxed = Box::new(values);
        let data = boxed.as_ptr().cast::<u8>();
        let owner = Box::into_raw(boxed).cast::<c_void>();
        Self { data, len, owner, release: Some(release::<T>) }
    }

    /// Takes over what the other side handed out.
    pub(crate) fn take(self) -> Taken {
        Taken(ManuallyDrop::new(self))
    }
}

/// Bytes of the other side, given back when this is dropped.
pub(crate) struct Taken(ManuallyDrop<Buf>);

impl Taken {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        // SAFETY: the producer promised `len` bytes at `data` until `release`.
        unsafe { bytes(self.0.data, self.0.len) }
    }

    /// A copy as numbers; the producer may have aligned them in any way.
    pub(crate) fn to_values(&self) -> Vec<f32> {
        let chunks = self.as_bytes().chunks_exact(size_of::<f32>());
        chunks.map(|chunk| f32::from_ne_bytes([chunk[0], chunk[1], chunk[2], chunk[3]])).collect()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(release) = self.0.release {
            // SAFETY: this is the struct that was handed out, released once.
            unsafe { release(&raw mut *self.0) };
        }
    }
}

/// `len` values at `data`; none for a null pointer.
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

/// The same for bytes.
///
/// # Safety
/// As [`slice`].
pub unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    // SAFETY: promised by the caller.
    unsafe { slice(data, len) }
}

/// Text that is lent for a call; `what` stands for it in messages.
///
/// # Errors
/// For a null pointer and for what is not UTF-8.
///
/// # Safety
/// As [`slice`].
pub unsafe fn text<'a>(data: *const std::ffi::c_char, len: usize, what: &str) -> Result<&'a str, Fault> {
    if data.is_null() && len > 0 {
        return Err((INVALID_ARGUMENT, format!("{what}: expected {len} bytes, found a null pointer")));
    }
    // SAFETY: promised by the caller.
    let bytes = unsafe { bytes(data.cast::<u8>(), len) };
    std::str::from_utf8(bytes).map_err(|e| (INVALID_ARGUMENT, format!("{what}: expected UTF-8: {e}")))
}

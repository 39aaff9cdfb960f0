//! A dataset across the boundary: an indexed list, read many examples at a time.

use std::ffi::c_void;

use super::{Buf, Code, Error};

/// A dataset. The functions are those of `smash_core::dataset::Dataset`, one call at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DatasetVtable {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// `{"task": {"channels", "extents", "classes"}, "examples"}` and, where there are any, `"views"`, `"splits"` and
    /// `"augmentation"`. Called once.
    pub describe: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// The classes of the `n` examples from `first` on. Called once for each example.
    pub labels: unsafe extern "C" fn(
        this: *mut c_void,
        first: u64,
        out: *mut u32,
        n: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// Writes the normalised values of `n` examples one after the other, each `[channels, extents…]` row-major; `len` is
    /// how many values there are. `views` has the view of each; null: the one that stands for the example.
    pub read: unsafe extern "C" fn(
        this: *mut c_void,
        indices: *const u64,
        views: *const u32,
        n: usize,
        out: *mut f32,
        len: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// `{"train", "valid", "test"}` for a seed, each a list of `[from, to)`; null: they are those of `describe`.
    pub splits: Option<
        unsafe extern "C" fn(this: *mut c_void, seed: u64, out: *mut Buf, err: *mut *mut Error) -> Code,
    >,
    /// Ends the dataset.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

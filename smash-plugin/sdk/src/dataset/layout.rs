//! The vtable of a dataset: an indexed list of examples, read a batch at a time.

use std::ffi::c_void;

use crate::abi::{Buf, Code, Error};

/// The vtable of a dataset. The functions are those of `smash_core::dataset::Dataset`, one call at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DatasetVtable {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Describes the dataset: `{"task": {"channels", "extents", "classes"}, "examples"}` and, where there are
    /// any, `"views"`, `"splits"` and `"augmentation"`. Called once.
    pub describe: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Writes the labels (class indices) of the `n` examples from `first` on. Called once for each example.
    pub labels: unsafe extern "C" fn(
        this: *mut c_void,
        first: u64,
        out: *mut u32,
        n: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// Writes the normalised values of `n` examples one after the other, each `[channels, extents…]`
    /// row-major; `len` is the total number of values. `views` has the view index of each; null: the
    /// canonical view of each example.
    pub read: unsafe extern "C" fn(
        this: *mut c_void,
        indices: *const u64,
        views: *const u32,
        n: usize,
        out: *mut f32,
        len: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// The train/validation/test split for a seed, `{"train", "valid", "test"}`, each a list of `[from, to)`;
    /// null: that of `describe`.
    pub splits: Option<
        unsafe extern "C" fn(this: *mut c_void, seed: u64, out: *mut Buf, err: *mut *mut Error) -> Code,
    >,
    /// Destroys the dataset.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

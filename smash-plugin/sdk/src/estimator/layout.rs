//! The vtable of an estimator, and what the host lends it.

use std::ffi::{c_char, c_void};

use crate::abi::{BackendVtable, Buf, Code, DatasetVtable, Error, SpaceVtable};

/// What an estimator works with: lent for a call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EstimatorContext {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// The space, which meets the constraints of the job while an estimator is trained.
    pub space: *const SpaceVtable,
    /// Passed to the functions of the space.
    pub space_self: *mut c_void,
    /// The examples with their splits, normalised. It stays the same as long as the estimator lives, and may
    /// be used while a call is at work.
    pub data: *const DatasetVtable,
    /// Passed to the functions of the dataset.
    pub data_self: *mut c_void,
    /// The engine. Its tensors are part of checkpoints.
    pub backend: *const BackendVtable,
    /// Passed to the functions of the engine.
    pub backend_self: *mut c_void,
    /// The job's seed.
    pub seed: u64,
}

/// The vtable of an estimator. The functions are those of `smash_core::strategy::Estimator`, one call at a
/// time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EstimatorVtable {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Training steps before the first score, for these examples; null: none.
    pub steps: Option<
        unsafe extern "C" fn(
            this: *mut c_void,
            data: *const DatasetVtable,
            data_this: *mut c_void,
            out: *mut u64,
            err: *mut *mut Error,
        ) -> Code,
    >,
    /// Makes a training step: `{"loss", "error", "applied"}`; null where `steps` is.
    pub step: Option<
        unsafe extern "C" fn(
            this: *mut c_void,
            context: *const EstimatorContext,
            step: u64,
            out: *mut Buf,
            err: *mut *mut Error,
        ) -> Code,
    >,
    /// Scores architectures, a JSON array: `[{"loss", "error"}]`, one each, null for a loss that is not
    /// finite.
    pub score: unsafe extern "C" fn(
        this: *mut c_void,
        context: *const EstimatorContext,
        architectures: *const c_char,
        len: usize,
        out: *mut Buf,
        err: *mut *mut Error,
    ) -> Code,
    /// Saves the state beyond the engine's tensors as JSON; null: there is none.
    pub save: Option<unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code>,
    /// Restores the state that `save` returned; null where `save` is.
    pub load: Option<
        unsafe extern "C" fn(
            this: *mut c_void,
            state: *const c_char,
            len: usize,
            err: *mut *mut Error,
        ) -> Code,
    >,
    /// Destroys the estimator.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

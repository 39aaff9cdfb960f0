//! The vtable of a strategy: its proposer. Candidates are evaluated by the host.

use std::ffi::{c_char, c_void};

use crate::abi::{Buf, Code, Error, SpaceVtable};

/// A number that is not known.
pub const UNKNOWN: u64 = u64::MAX;

/// What is known of a candidate that was evaluated.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Outcome {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// One value per objective, lower is better, the first ranks.
    pub values: *const f64,
    /// Number of values; 0: the evaluation failed.
    pub n_values: usize,
    /// Validation error (fraction); NaN: not known.
    pub error: f64,
    /// Seconds of inference for one example; NaN: not known.
    pub latency: f64,
    /// Parameters of the stand-alone network; [`UNKNOWN`]: not counted.
    pub params: u64,
    /// Multiply-accumulates of the stand-alone network for one example; [`UNKNOWN`]: not counted.
    pub macs: u64,
}

/// Tells the outcome of a candidate, `{"architecture", "phase"}`.
pub type TellFn = unsafe extern "C" fn(
    this: *mut c_void,
    proposal: *const c_char,
    len: usize,
    outcome: *const Outcome,
    err: *mut *mut Error,
) -> Code;

/// The vtable of a proposer. The functions are those of `smash_core::strategy::Proposer`, one call at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ProposerVtable {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Asks for the next candidate: `{"next": "proposal", "architecture", "phase"}`, `{"next": "wait"}` or
    /// `{"next": "done"}`. The space is borrowed for the call; it meets the constraints of the job.
    pub ask: unsafe extern "C" fn(
        this: *mut c_void,
        seed: u64,
        space: *const SpaceVtable,
        space_this: *mut c_void,
        out: *mut Buf,
        err: *mut *mut Error,
    ) -> Code,
    /// Tells the outcome of a proposal.
    pub tell: TellFn,
    /// Tells the outcome of an architecture that it did not propose; null: it does not look at those.
    pub add: Option<TellFn>,
    /// Ranks the trials, `[{"trial_id", "phase", "values", "error", "params", "macs", "latency"}]`: the
    /// numbers of some or all of them, best first, or `null` for by their first values. Null: the same.
    pub rank: Option<
        unsafe extern "C" fn(
            this: *mut c_void,
            trials: *const c_char,
            len: usize,
            out: *mut Buf,
            err: *mut *mut Error,
        ) -> Code,
    >,
    /// Total number of proposals; null, or [`UNKNOWN`]: not known.
    pub total: Option<unsafe extern "C" fn(this: *mut c_void) -> u64>,
    /// Saves all state as JSON.
    pub save: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Restores the state that `save` returned, to resume.
    pub load: unsafe extern "C" fn(
        this: *mut c_void,
        state: *const c_char,
        len: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// Destroys the proposer.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

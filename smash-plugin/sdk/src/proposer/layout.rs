//! The vtable of a strategy: its proposer. Candidates are evaluated by the host.

use std::ffi::{c_char, c_void};

use crate::abi::{Buf, Code, Error, SpaceVtable};

/// Answer of [`ProposerVtable::total`]: the number is not known.
pub const TOTAL_UNKNOWN: u64 = u64::MAX;

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
    /// Tells the result of a proposal, `{"architecture", "phase"}`: `n` values of which the first ranks,
    /// lower is better; null: its evaluation failed.
    pub tell: unsafe extern "C" fn(
        this: *mut c_void,
        proposal: *const c_char,
        len: usize,
        values: *const f64,
        n: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// Total number of proposals; null, or [`TOTAL_UNKNOWN`]: not known.
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

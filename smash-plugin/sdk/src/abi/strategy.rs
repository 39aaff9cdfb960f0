//! A strategy across the boundary: its proposer. What a candidate is worth is the host's business.

use std::ffi::{c_char, c_void};

use super::{Buf, Code, Error, SpaceVtable};

/// [`StrategyVtable::total`]: nobody knows.
pub const TOTAL_UNKNOWN: u64 = u64::MAX;

/// A proposer. The functions are those of `smash_core::strategy::Proposer`, one call at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct StrategyVtable {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// `{"next": "proposal", "architecture", "phase"}`, `{"next": "wait"}` or `{"next": "done"}`. The space is lent for
    /// the call: it meets the constraints of the job.
    pub ask: unsafe extern "C" fn(
        this: *mut c_void,
        seed: u64,
        space: *const SpaceVtable,
        space_this: *mut c_void,
        out: *mut Buf,
        err: *mut *mut Error,
    ) -> Code,
    /// What a proposal, `{"architecture", "phase"}`, is worth: `n` values of which the first ranks, lower is better; null:
    /// its evaluation failed.
    pub tell: unsafe extern "C" fn(
        this: *mut c_void,
        proposal: *const c_char,
        len: usize,
        values: *const f64,
        n: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// How many proposals there will be; null, or [`TOTAL_UNKNOWN`]: nobody knows.
    pub total: Option<unsafe extern "C" fn(this: *mut c_void) -> u64>,
    /// All state as JSON.
    pub save: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Goes on from what `save` gave.
    pub load: unsafe extern "C" fn(
        this: *mut c_void,
        state: *const c_char,
        len: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// Ends the proposer.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

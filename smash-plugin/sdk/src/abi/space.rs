//! A search space across the boundary. Architectures and graphs cross as JSON.

use std::ffi::{c_char, c_void};

use super::{Buf, Code, Error};

/// [`SpaceVtable::build`]: the one-shot network, whose parameters are generated or shared.
pub const NETWORK_ONE_SHOT: u32 = 0;
/// [`SpaceVtable::build`]: the stand-alone network, whose parameters are its own.
pub const NETWORK_STANDALONE: u32 = 1;

/// A search space. The functions are those of `smash_core::space::SearchSpace`, one call at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SpaceVtable {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// `{"id", "plane": {"channels", "rows", "cell": {"outputs", "inputs"}}}`: never changes.
    pub info: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Draws an architecture from the seed; `progress` in `[0, 1]` is that of the training.
    pub sample: unsafe extern "C" fn(
        this: *mut c_void,
        seed: u64,
        progress: f64,
        out: *mut Buf,
        err: *mut *mut Error,
    ) -> Code,
    /// A neighbour: each decision is redrawn with probability `rate`.
    pub mutate: unsafe extern "C" fn(
        this: *mut c_void,
        architecture: *const c_char,
        len: usize,
        seed: u64,
        rate: f64,
        out: *mut Buf,
        err: *mut *mut Error,
    ) -> Code,
    /// A child of two, of which each decision is then redrawn with probability `rate`; null: the first is mutated.
    pub crossover: Option<
        unsafe extern "C" fn(
            this: *mut c_void,
            first: *const c_char,
            first_len: usize,
            second: *const c_char,
            second_len: usize,
            seed: u64,
            rate: f64,
            out: *mut Buf,
            err: *mut *mut Error,
        ) -> Code,
    >,
    /// The nearest architecture of this space to one of the same kind of space; null: there is no way.
    pub convert: Option<ArchitectureFn>,
    /// Checks every rule of the space.
    pub validate: unsafe extern "C" fn(
        this: *mut c_void,
        architecture: *const c_char,
        len: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// The network as a graph: one of the `NETWORK_…`.
    pub build: unsafe extern "C" fn(
        this: *mut c_void,
        architecture: *const c_char,
        len: usize,
        network: u32,
        out: *mut Buf,
        err: *mut *mut Error,
    ) -> Code,
    /// `{"columns", "slices": [{"parameter", "rows": {"start", "end"}, "columns"}]}` and the plane, `[channels, rows, columns]`
    /// as f32; `progress` is that of the training, 1 when candidates are scored.
    pub describe: unsafe extern "C" fn(
        this: *mut c_void,
        architecture: *const c_char,
        len: usize,
        progress: f64,
        out: *mut Buf,
        plane: *mut Buf,
        err: *mut *mut Error,
    ) -> Code,
    /// `[{"part", "figures": [{"name", "value", "limit"}]}]`; null: there is nothing to say.
    pub outline: Option<ArchitectureFn>,
    /// Ends the space.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

/// From an architecture to JSON.
type ArchitectureFn = unsafe extern "C" fn(
    this: *mut c_void,
    architecture: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code;

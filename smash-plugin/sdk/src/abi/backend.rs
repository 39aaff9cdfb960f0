//! An engine across the boundary. Whole graphs cross as JSON, once when they are compiled; tensors as pointers.

use std::ffi::{c_char, c_void};

use super::{Buf, Code, Error};

/// A dense row-major f32 tensor that is lent for a call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TensorView {
    /// The values; may be null when there are none.
    pub data: *const f32,
    /// Extents, outermost first; may be null at rank 0.
    pub shape: *const u64,
    /// How many extents.
    pub rank: usize,
}

/// An input of a run, or a seed of a backward pass.
#[repr(C)]
pub struct Feed {
    /// Name of the graph's input (or output, for a seed), UTF-8.
    pub name: *const c_char,
    /// Its length.
    pub name_len: usize,
    /// Name of the device value it is taken from, UTF-8; null: `tensor` holds it.
    pub device: *const c_char,
    /// Its length.
    pub device_len: usize,
    /// The values, when `device` is null.
    pub tensor: TensorView,
}

/// An output of a run, or a gradient that is wanted.
#[repr(C)]
pub struct Fetch {
    /// Name of the graph's output (or input, for a gradient), UTF-8.
    pub name: *const c_char,
    /// Its length.
    pub name_len: usize,
    /// Name of the device value it is put into, UTF-8; null: it is handed out.
    pub device: *const c_char,
    /// Its length.
    pub device_len: usize,
}

/// [`TensorOut::place`]: there is nothing (no gradient: not the same as zero).
pub const PLACE_NONE: u32 = 0;
/// [`TensorOut::place`]: `values` and `shape` hold it.
pub const PLACE_HOST: u32 = 1;
/// [`TensorOut::place`]: it was put into the device value that was asked for.
pub const PLACE_DEVICE: u32 = 2;

/// A tensor that is handed out.
#[repr(C)]
pub struct TensorOut {
    /// The values: dense row-major f32.
    pub values: Buf,
    /// Extents; only the first `rank` count.
    pub shape: [u64; 8],
    /// How many extents.
    pub rank: u32,
    /// One of the `PLACE_…`.
    pub place: u32,
}

/// `this` and a call's name argument.
type NameFn<T> = unsafe extern "C" fn(this: *mut c_void, name: *const c_char, len: usize) -> T;

/// Runs or differentiates a plan: feeds in, one [`TensorOut`] a fetch out.
type PassFn<Mode> = unsafe extern "C" fn(
    this: *mut c_void,
    plan: u64,
    mode: Mode,
    feeds: *const Feed,
    n_feeds: usize,
    fetches: *const Fetch,
    n_fetches: usize,
    out: *mut TensorOut,
    err: *mut *mut Error,
) -> Code;

/// An engine. The functions are those of `smash_core::backend::Backend`, one call at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct BackendVtable {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// `{"id", "device", "level", "threads"}`.
    pub info: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Compiles a graph, given as JSON.
    pub compile: unsafe extern "C" fn(
        this: *mut c_void,
        graph: *const c_char,
        len: usize,
        plan: *mut u64,
        err: *mut *mut Error,
    ) -> Code,
    /// Forgets a plan.
    pub release: unsafe extern "C" fn(this: *mut c_void, plan: u64),
    /// Runs a plan; the mode is 0 train, 1 eval, 2 calibrate.
    pub run: PassFn<u32>,
    /// Propagates gradients back through the last training run of a plan; the mode is 0.
    pub backward: PassFn<u32>,
    /// One optimiser step over groups, given as JSON; `clip` is NaN for none.
    pub step: unsafe extern "C" fn(
        this: *mut c_void,
        groups: *const c_char,
        len: usize,
        clip: f64,
        gradient_norm: *mut f64,
        applied: *mut i32,
        err: *mut *mut Error,
    ) -> Code,
    /// The accumulated gradient of a parameter.
    pub gradient: unsafe extern "C" fn(
        this: *mut c_void,
        name: *const c_char,
        len: usize,
        out: *mut TensorOut,
        err: *mut *mut Error,
    ) -> Code,
    /// 1 if there is a parameter of that name.
    pub contains: NameFn<i32>,
    /// A parameter or buffer.
    pub read: unsafe extern "C" fn(
        this: *mut c_void,
        name: *const c_char,
        len: usize,
        out: *mut TensorOut,
        err: *mut *mut Error,
    ) -> Code,
    /// Writes a parameter or buffer.
    pub write: unsafe extern "C" fn(
        this: *mut c_void,
        name: *const c_char,
        len: usize,
        value: *const TensorView,
        err: *mut *mut Error,
    ) -> Code,
    /// Drops a device value.
    pub drop_value: NameFn<()>,
    /// All state, as bytes that only the same backend reads.
    pub snapshot: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Replaces all state.
    pub restore: unsafe extern "C" fn(
        this: *mut c_void,
        snapshot: *const u8,
        len: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// Ends the engine.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

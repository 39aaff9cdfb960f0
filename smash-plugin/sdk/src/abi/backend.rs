//! The vtable of an engine (backend). Graphs cross as JSON, once, when they are compiled; tensors as
//! pointers.

use std::ffi::{c_char, c_void};

use super::{Buf, Code, Error};

/// A dense row-major f32 tensor that is borrowed for a call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TensorView {
    /// The values; may be null when there are none.
    pub data: *const f32,
    /// Extents, outermost first; may be null at rank 0.
    pub shape: *const u64,
    /// Rank: number of extents.
    pub rank: usize,
}

/// An input of a run, or an output's gradient for a backward call.
#[repr(C)]
pub struct Feed {
    /// Name of the graph's input (backward: of its output), UTF-8.
    pub name: *const c_char,
    /// Length of `name` in bytes.
    pub name_len: usize,
    /// Name of the device value that it is taken from, UTF-8; null: `tensor` holds the values.
    pub device: *const c_char,
    /// Length of `device` in bytes.
    pub device_len: usize,
    /// The values, when `device` is null.
    pub tensor: TensorView,
}

/// An output of a run, or an input's gradient that a backward call computes.
#[repr(C)]
pub struct Fetch {
    /// Name of the graph's output (backward: of its input), UTF-8.
    pub name: *const c_char,
    /// Length of `name` in bytes.
    pub name_len: usize,
    /// Name of the device value that it is stored in, UTF-8; null: it is returned.
    pub device: *const c_char,
    /// Length of `device` in bytes.
    pub device_len: usize,
}

/// [`TensorOut::place`]: there is no tensor (no gradient: not the same as a zero one).
pub const PLACE_NONE: u32 = 0;
/// [`TensorOut::place`]: `values` and `shape` hold the tensor.
pub const PLACE_HOST: u32 = 1;
/// [`TensorOut::place`]: the tensor was stored in the device value that was asked for.
pub const PLACE_DEVICE: u32 = 2;

/// A tensor that is returned to the caller, who owns its buffer.
#[repr(C)]
pub struct TensorOut {
    /// The values: dense row-major f32.
    pub values: Buf,
    /// Extents; only the first `rank` are valid.
    pub shape: [u64; 8],
    /// Rank: number of extents.
    pub rank: u32,
    /// One of the `PLACE_…`.
    pub place: u32,
}

/// A function of `this` and a name.
type NameFn<T> = unsafe extern "C" fn(this: *mut c_void, name: *const c_char, len: usize) -> T;

/// A run or backward call of a plan: feeds in, one [`TensorOut`] per fetch out.
type CallFn<Mode> = unsafe extern "C" fn(
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

/// The vtable of an engine. The functions are those of `smash_core::backend::Backend`, one call at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct BackendVtable {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Describes the engine: `{"id", "device", "level", "threads"}`.
    pub info: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Compiles a graph, given as JSON, to a plan.
    pub compile: unsafe extern "C" fn(
        this: *mut c_void,
        graph: *const c_char,
        len: usize,
        plan: *mut u64,
        err: *mut *mut Error,
    ) -> Code,
    /// Releases a plan.
    pub release: unsafe extern "C" fn(this: *mut c_void, plan: u64),
    /// Runs a plan; the mode is 0 train, 1 eval, 2 calibrate.
    pub run: CallFn<u32>,
    /// Backpropagates gradients through the last training run of a plan; the mode is 0.
    pub backward: CallFn<u32>,
    /// One optimiser step over parameter groups, given as JSON; `clip` is NaN for no gradient clipping.
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
    /// Returns 1 if there is a parameter or buffer of that name, else 0.
    pub contains: NameFn<i32>,
    /// Reads a parameter or buffer.
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
    /// A snapshot of all state, as bytes that only the same backend reads.
    pub snapshot: unsafe extern "C" fn(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code,
    /// Restores all state from a snapshot.
    pub restore: unsafe extern "C" fn(
        this: *mut c_void,
        snapshot: *const u8,
        len: usize,
        err: *mut *mut Error,
    ) -> Code,
    /// Destroys the engine.
    pub destroy: unsafe extern "C" fn(this: *mut c_void),
}

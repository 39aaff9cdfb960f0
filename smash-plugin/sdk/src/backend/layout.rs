//! The vtable of an engine (backend). Graphs cross as JSON, once, when they are compiled; tensors as
//! DLPack tensors.

use std::ffi::{c_char, c_void};

use crate::abi::{Buf, Code, DlManaged, DlTensor, Error};

/// An input of a run, or an output's gradient for a backward call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Feed {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Name of the graph's input (backward: of its output), UTF-8.
    pub name: *const c_char,
    /// Length of `name` in bytes.
    pub name_len: usize,
    /// Name of the device value that it is taken from, UTF-8; null: `tensor` holds the values.
    pub device: *const c_char,
    /// Length of `device` in bytes.
    pub device_len: usize,
    /// The values, lent for the call; null when `device` is not.
    pub tensor: *const DlTensor,
}

/// An output of a run, or an input's gradient that a backward call computes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Fetch {
    /// Size of this struct in bytes.
    pub struct_size: usize,
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
/// [`TensorOut::place`]: `tensor` is it.
pub const PLACE_HOST: u32 = 1;
/// [`TensorOut::place`]: the tensor was stored in the device value that was asked for.
pub const PLACE_DEVICE: u32 = 2;

/// Where the result of a fetch is. The caller makes it, with its size; the engine fills it in.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TensorOut {
    /// Size of this struct in bytes, as the caller knows it.
    pub struct_size: usize,
    /// One of the `PLACE_…`.
    pub place: u32,
    /// Reserved: 0.
    pub reserved: u32,
    /// The tensor, which the caller gives back through its deleter; null unless `place` is [`PLACE_HOST`].
    pub tensor: *mut DlManaged,
}

/// [`PlanCall::mode`] of a run: batch statistics, running ones updated, activations kept for backward.
pub const MODE_TRAIN: u32 = 0;
/// [`PlanCall::mode`] of a run: running statistics.
pub const MODE_EVAL: u32 = 1;
/// [`PlanCall::mode`] of a run: batch statistics, to which the running ones are set.
pub const MODE_CALIBRATE: u32 = 2;

/// A run or backward call of a plan: feeds in, one [`TensorOut`] per fetch out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PlanCall {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// The plan.
    pub plan: u64,
    /// One of the `MODE_…`; 0 for a backward call.
    pub mode: u32,
    /// Reserved: 0.
    pub reserved: u32,
    /// The feeds.
    pub feeds: *const Feed,
    /// Number of feeds.
    pub n_feeds: usize,
    /// Stride: bytes from one feed to the next.
    pub feed_stride: usize,
    /// The fetches.
    pub fetches: *const Fetch,
    /// Number of fetches.
    pub n_fetches: usize,
    /// Stride: bytes from one fetch to the next.
    pub fetch_stride: usize,
    /// Where the results go, one for each fetch.
    pub outs: *mut TensorOut,
    /// Stride: bytes from one result to the next.
    pub out_stride: usize,
}

/// A function of `this` and a name.
type NameFn<T> = unsafe extern "C" fn(this: *mut c_void, name: *const c_char, len: usize) -> T;

/// A run or backward call.
type CallFn = unsafe extern "C" fn(this: *mut c_void, call: *const PlanCall, err: *mut *mut Error) -> Code;

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
    /// Runs a plan.
    pub run: CallFn,
    /// Backpropagates gradients through the last training run of a plan.
    pub backward: CallFn,
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
    /// The accumulated gradient of a parameter; a null tensor: there is none.
    pub gradient: unsafe extern "C" fn(
        this: *mut c_void,
        name: *const c_char,
        len: usize,
        out: *mut *mut DlManaged,
        err: *mut *mut Error,
    ) -> Code,
    /// Returns 1 if there is a parameter or buffer of that name, else 0.
    pub contains: NameFn<i32>,
    /// Reads a parameter or buffer.
    pub read: unsafe extern "C" fn(
        this: *mut c_void,
        name: *const c_char,
        len: usize,
        out: *mut *mut DlManaged,
        err: *mut *mut Error,
    ) -> Code,
    /// Writes a parameter or buffer.
    pub write: unsafe extern "C" fn(
        this: *mut c_void,
        name: *const c_char,
        len: usize,
        value: *const DlTensor,
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

//! The structs of the C ABI, as `include/smash.h` declares them.
//!
//! Rules that hold everywhere: structs only grow at their end and begin with their size; memory is freed by
//! the library that allocated it; inputs are borrowed for the call; out-parameters are written only on
//! [`OK`], `*err` only on failure.

mod api;
mod backend;
mod dataset;
mod dlpack;
pub mod layout;
mod proposer;
mod space;

pub use api::{
    Api, CONTINUE, CTX_ALLOW_ENV_PATHS, CTX_ALLOW_PLUGINS, Context, ContextOptions, Dataset, LogFn, Model,
    PAUSE, ProgressFn, Reader, RunOptions, STOP, Search, Space, Writer,
};
pub use backend::{
    BackendVtable, Feed, Fetch, MODE_CALIBRATE, MODE_EVAL, MODE_TRAIN, PLACE_DEVICE, PLACE_HOST, PLACE_NONE,
    PlanCall, TensorOut,
};
pub use dataset::DatasetVtable;
pub use dlpack::{DL_CPU, DL_FLOAT, DL_INT, DL_UINT, DLPACK_MAJOR, DLPACK_MINOR, DlManaged, DlTensor};
pub use proposer::{ProposerVtable, TOTAL_UNKNOWN};
pub use space::{DecideFn, NETWORK_ONE_SHOT, NETWORK_STANDALONE, SpaceVtable};

use std::ffi::{c_char, c_void};

/// Major version: changes with every breaking change; it is part of the name of a plugin's entry symbol.
pub const MAJOR: u32 = 1;
/// Minor version: changes with every addition.
pub const MINOR: u32 = 0;

/// Result code of a call. A fixed-width integer, never a C enum.
pub type Code = i32;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = $value;)*
        /// The name of a code as in the header, without `SMASH_`.
        pub fn code_name(code: Code) -> &'static str {
            match code { $($value => stringify!($name),)* _ => "UNKNOWN" }
        }
    };
}

codes! {
    /// Success.
    OK = 0;
    /// Cancelled by request.
    ERR_CANCELLED = 1;
    /// An argument is invalid: null, not UTF-8, an impossible size.
    ERR_INVALID_ARGUMENT = 2;
    /// A configuration or an architecture breaks rules; the details list every problem.
    ERR_INVALID_CONFIG = 3;
    /// No such component, file or handle.
    ERR_NOT_FOUND = 4;
    /// The name or id is taken.
    ERR_ALREADY_EXISTS = 5;
    /// This build does not support the call.
    ERR_UNSUPPORTED = 6;
    /// The two sides were built for incompatible versions.
    ERR_VERSION_MISMATCH = 7;
    /// The call is not allowed in the current state.
    ERR_BAD_STATE = 8;
    /// Another call is running on this handle.
    ERR_BUSY = 9;
    /// A dataset is missing or damaged.
    ERR_DATA = 10;
    /// An engine refused the call or failed.
    ERR_BACKEND = 11;
    /// A file cannot be read or written.
    ERR_IO = 12;
    /// A checkpoint is damaged or belongs to something else.
    ERR_CHECKPOINT = 13;
    /// A plugin is faulty or was refused.
    ERR_PLUGIN = 14;
    /// A callback reported failure.
    ERR_CALLBACK = 15;
    /// Out of memory.
    ERR_OUT_OF_MEMORY = 16;
    /// An internal error of this program.
    ERR_INTERNAL = 17;
    /// A panic was caught; the handle is poisoned and refuses every later call.
    ERR_PANIC = 18;
    /// No architecture meets the constraints.
    ERR_INFEASIBLE = 19;
    /// Training diverged: the loss stayed non-finite.
    ERR_DIVERGED = 20;
    /// A limit on what is read or built was exceeded.
    ERR_LIMIT = 21;
}

/// An opaque error object; only the host reads it, a plugin through the host's functions.
#[repr(C)]
pub struct Error {
    _private: [u8; 0],
}

/// A buffer of bytes handed to the other side, which calls `release` when it is done with it. Text is UTF-8
/// and `data[len]` is 0.
///
/// It has no size: it never grows. What it lies in is often memory of the caller that nobody has filled in,
/// as an out-parameter, and a later kind of buffer will be a struct of its own.
#[repr(C)]
pub struct Buf {
    /// The bytes; null when there are none.
    pub data: *const u8,
    /// Number of bytes.
    pub len: usize,
    /// User pointer of the producer.
    pub user: *mut c_void,
    /// Frees the bytes and clears this struct; null once that is done.
    pub release: Option<unsafe extern "C" fn(buf: *mut Buf)>,
}

/// The host's functions, which a plugin may call for the life of the process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// [`MAJOR`] of the host.
    pub abi_major: u32,
    /// [`MINOR`] of the host.
    pub abi_minor: u32,
    /// Makes an error from code, message, and details as JSON (may be null). The host frees it.
    pub error_new: Option<
        unsafe extern "C" fn(
            code: Code,
            message: *const c_char,
            message_len: usize,
            details: *const c_char,
            details_len: usize,
        ) -> *mut Error,
    >,
    /// Logs a message through the host: level (0 error … 4 trace), target and message.
    pub log: Option<
        unsafe extern "C" fn(
            level: i32,
            target: *const c_char,
            target_len: usize,
            message: *const c_char,
            message_len: usize,
        ),
    >,
    /// The code of an error.
    pub error_code: Option<unsafe extern "C" fn(error: *const Error) -> Code>,
    /// The message of an error: NUL-terminated, valid until the error is freed.
    pub error_message: Option<unsafe extern "C" fn(error: *const Error, len: *mut usize) -> *const c_char>,
    /// The details of an error as JSON, or an empty text.
    pub error_details: Option<unsafe extern "C" fn(error: *const Error, len: *mut usize) -> *const c_char>,
    /// Frees an error; null is ignored.
    pub error_free: Option<unsafe extern "C" fn(error: *mut Error)>,
}

/// One component of a plugin. `create` takes a request `{"config": …}` with, for a search space, `"task"`
/// and, for a backend, `"threads"`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Component {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Component kind: one of the `KIND_…`.
    pub kind: u32,
    /// Reserved: 0.
    pub reserved: u32,
    /// Component id, its `type` in a job: NUL-terminated, static.
    pub id: *const c_char,
    /// One-line description: NUL-terminated, static.
    pub about: *const c_char,
    /// JSON Schema of the configuration without `type`: NUL-terminated, static.
    pub config_schema: *const c_char,
    /// The vtable of the component's kind.
    pub vtable: *const c_void,
    /// Creates an instance of the component.
    pub create: Option<
        unsafe extern "C" fn(
            request: *const c_char,
            len: usize,
            this: *mut *mut c_void,
            err: *mut *mut Error,
        ) -> Code,
    >,
    /// Fills in every default of a configuration; null: the configuration is complete as it is.
    pub resolve: Option<
        unsafe extern "C" fn(config: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error) -> Code,
    >,
}

/// A search space.
pub const KIND_SPACE: u32 = 1;
/// A proposer: with an estimator of the host it is a strategy.
pub const KIND_PROPOSER: u32 = 2;
/// An estimator. The number is reserved: nothing loads one yet.
pub const KIND_ESTIMATOR: u32 = 3;
/// A dataset.
pub const KIND_DATASET: u32 = 4;
/// An engine (backend).
pub const KIND_BACKEND: u32 = 5;

/// The component table of a plugin.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Plugin {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// [`MAJOR`] of the plugin.
    pub abi_major: u32,
    /// [`MINOR`] of the plugin.
    pub abi_minor: u32,
    /// Name of the plugin: NUL-terminated, static.
    pub name: *const c_char,
    /// Version of the plugin: NUL-terminated, static.
    pub version: *const c_char,
    /// The components.
    pub components: *const Component,
    /// Number of components.
    pub n_components: usize,
    /// Stride: bytes from one component to the next, as the plugin was compiled.
    pub component_stride: usize,
}

/// The entry function of a plugin, exported under the name [`INIT_SYMBOL`].
pub type InitFn =
    unsafe extern "C" fn(host: *const Host, out: *mut *const Plugin, err: *mut *mut Error) -> Code;

/// Name of the entry symbol, the only one that a plugin exports.
pub const INIT_SYMBOL: &str = "smash_plugin_init_v1";

/// Name of the entry symbol before version 1.0: whoever still has it is told what to do.
pub const EARLIER_SYMBOL: &str = "smash_extension_init_v1";

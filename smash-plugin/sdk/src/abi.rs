//! The structs of the C ABI, as `include/smash.h` declares them.
//!
//! Rules that hold everywhere: structs only grow at their end and say how large they are; memory is freed by the library
//! that allocated it; inputs are borrowed for the call; out-parameters are written only on [`OK`], `*err` only on failure.

mod api;
mod backend;
mod dataset;
mod dlpack;
pub mod layout;
mod space;
mod strategy;

pub use api::{
    Api, CONTINUE, CTX_ALLOW_ENV_PATHS, CTX_ALLOW_PLUGINS, Context, ContextOptions, Dataset, LogFn, Model,
    PAUSE, ProgressFn, Reader, RunOptions, STOP, Search, Writer,
};
pub use backend::{BackendVtable, Feed, Fetch, PLACE_DEVICE, PLACE_HOST, PLACE_NONE, TensorOut, TensorView};
pub use dataset::DatasetVtable;
pub use dlpack::{DL_CPU, DL_FLOAT, DL_INT, DL_UINT, DLPACK_MAJOR, DLPACK_MINOR, DlManaged, DlTensor};
pub use space::{NETWORK_ONE_SHOT, NETWORK_STANDALONE, SpaceVtable};
pub use strategy::{StrategyVtable, TOTAL_UNKNOWN};

use std::ffi::{c_char, c_void};

/// Breaking changes; also in the name of the symbol that a plugin exports.
pub const MAJOR: u32 = 1;
/// Additions.
pub const MINOR: u32 = 0;

/// Result of a call. A fixed-width integer, never a C enum.
pub type Code = i32;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = $value;)*
        /// The name of a code, as the header has it without `SMASH_`.
        pub fn code_name(code: Code) -> &'static str {
            match code { $($value => stringify!($name),)* _ => "UNKNOWN" }
        }
    };
}

codes! {
    /// Done.
    OK = 0;
    /// Stopped by request.
    CANCELLED = 1;
    /// An argument is wrong: null, not UTF-8, a size that cannot be.
    INVALID_ARGUMENT = 2;
    /// A configuration or an architecture breaks rules; the details list them.
    INVALID_CONFIG = 3;
    /// There is no such thing.
    NOT_FOUND = 4;
    /// There is one already.
    ALREADY_EXISTS = 5;
    /// This build cannot do that.
    UNSUPPORTED = 6;
    /// The two sides were built for versions that do not go together.
    VERSION_MISMATCH = 7;
    /// The state does not allow the call.
    BAD_STATE = 8;
    /// Another call is at work on this handle.
    BUSY = 9;
    /// A dataset is missing or damaged.
    DATA = 10;
    /// An engine refused or failed.
    BACKEND = 11;
    /// A file cannot be read or written.
    IO = 12;
    /// A checkpoint does not fit.
    CHECKPOINT = 13;
    /// A plugin is faulty.
    PLUGIN = 14;
    /// A callback reported failure.
    CALLBACK = 15;
    /// Memory is exhausted.
    OUT_OF_MEMORY = 16;
    /// A fault of this program.
    INTERNAL = 17;
    /// A panic was caught; the handle is poisoned.
    PANIC = 18;
}

/// An error object; only the host looks inside, a plugin through the host's functions.
#[repr(C)]
pub struct Error {
    _private: [u8; 0],
}

/// Bytes handed to the other side, which calls `release` when it is done. Text is UTF-8 and `data[len]` is 0.
#[repr(C)]
pub struct Buf {
    /// The bytes; null when there are none.
    pub data: *const u8,
    /// How many.
    pub len: usize,
    /// Private to the producer.
    pub owner: *mut c_void,
    /// Frees them and clears this struct; null once that is done.
    pub release: Option<unsafe extern "C" fn(this: *mut Buf)>,
}

/// Services lent to a plugin for the life of the process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// [`MAJOR`] of the host.
    pub abi_major: u32,
    /// [`MINOR`] of the host.
    pub abi_minor: u32,
    /// Optional services by id; null when there is none of that id.
    pub get_extension: Option<unsafe extern "C" fn(id: *const c_char) -> *const c_void>,
    /// Makes an error: code, message, and details as JSON (may be null). The host frees it.
    pub error_new: Option<
        unsafe extern "C" fn(
            code: Code,
            message: *const c_char,
            message_len: usize,
            details: *const c_char,
            details_len: usize,
        ) -> *mut Error,
    >,
    /// Passes a message to the host's log: level (0 error … 4 trace), target and message.
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
    /// Its message: valid until it is freed, NUL-terminated.
    pub error_message: Option<unsafe extern "C" fn(error: *const Error, len: *mut usize) -> *const c_char>,
    /// Its details as JSON, or an empty text.
    pub error_details: Option<unsafe extern "C" fn(error: *const Error, len: *mut usize) -> *const c_char>,
    /// Frees it; null is ignored.
    pub error_free: Option<unsafe extern "C" fn(error: *mut Error)>,
}

/// One component of a plugin. `create` takes a request `{"config": …}` with, for a search space, `"task"` and, for a
/// backend, `"threads"`.
#[repr(C)]
pub struct Component {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// One of the `KIND_…`.
    pub kind: u32,
    /// 0.
    pub reserved: u32,
    /// Its `type` in a job: NUL-terminated, static.
    pub id: *const c_char,
    /// One line for people: NUL-terminated, static.
    pub about: *const c_char,
    /// JSON Schema of its configuration without `type`: NUL-terminated, static.
    pub config_schema: *const c_char,
    /// The vtable of its kind.
    pub vtable: *const c_void,
    /// Makes one.
    pub create: Option<
        unsafe extern "C" fn(
            request: *const c_char,
            len: usize,
            this: *mut *mut c_void,
            err: *mut *mut Error,
        ) -> Code,
    >,
    /// Writes the configuration with every default written out; null: it is complete as it is.
    pub resolve: Option<
        unsafe extern "C" fn(config: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error) -> Code,
    >,
}

/// A search space.
pub const KIND_SEARCH_SPACE: u32 = 1;
/// A strategy: its proposer.
pub const KIND_STRATEGY: u32 = 2;
/// A dataset.
pub const KIND_DATASET: u32 = 3;
/// An engine.
pub const KIND_BACKEND: u32 = 4;

/// What a plugin offers.
#[repr(C)]
pub struct Extension {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// [`MAJOR`] of the plugin.
    pub abi_major: u32,
    /// [`MINOR`] of the plugin.
    pub abi_minor: u32,
    /// Its name: NUL-terminated, static.
    pub name: *const c_char,
    /// Its version: NUL-terminated, static.
    pub version: *const c_char,
    /// Its components.
    pub components: *const Component,
    /// How many.
    pub n_components: usize,
    /// Bytes from one component to the next, as the plugin saw them.
    pub component_stride: usize,
}

/// The one function that a plugin exports, under the name [`INIT_SYMBOL`].
pub type InitFn =
    unsafe extern "C" fn(host: *const Host, out: *mut *const Extension, err: *mut *mut Error) -> Code;

/// The name of the one symbol of a plugin.
pub const INIT_SYMBOL: &str = "smash_extension_init_v1";

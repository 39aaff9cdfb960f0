//! The component table of a plugin, and the functions that its host lends it.

use std::ffi::{c_char, c_void};

use crate::abi::{Buf, Code, Error};

/// The host's functions, which a plugin may call for the life of the process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// [`MAJOR`](crate::abi::MAJOR) of the host.
    pub abi_major: u32,
    /// [`MINOR`](crate::abi::MINOR) of the host.
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

/// Creates an instance of a component.
pub type CreateFn = unsafe extern "C" fn(
    user: *mut c_void,
    request: *const c_char,
    len: usize,
    this: *mut *mut c_void,
    err: *mut *mut Error,
) -> Code;

/// Fills in every default of a configuration.
pub type ResolveFn = unsafe extern "C" fn(
    user: *mut c_void,
    config: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code;

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
    /// User pointer, passed to `create` and `resolve`.
    pub user: *mut c_void,
    /// Creates an instance of the component.
    pub create: Option<CreateFn>,
    /// Fills in every default of a configuration; null: the configuration is complete as it is.
    pub resolve: Option<ResolveFn>,
}

/// A search space.
pub const KIND_SPACE: u32 = 1;
/// A proposer: with an estimator of the host it is a strategy.
pub const KIND_PROPOSER: u32 = 2;
/// An estimator.
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
    /// [`MAJOR`](crate::abi::MAJOR) of the plugin.
    pub abi_major: u32,
    /// [`MINOR`](crate::abi::MINOR) of the plugin.
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

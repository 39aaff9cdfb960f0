//! The table of functions that a host calls, and the structs that it fills in.

use std::ffi::{c_char, c_void};

use super::{Buf, Code, DatasetVtable, DlManaged, Error};

/// Loads plugins that the host names, and those in [`ContextOptions::plugin_dirs`].
pub const CTX_ALLOW_PLUGINS: u64 = 1;
/// Then those in the folders that `SMASH_PLUGIN_PATH` names.
pub const CTX_ALLOW_ENV_PATHS: u64 = 2;

/// [`Api::search_report`]: go on.
pub const CONTINUE: i32 = 0;
/// [`Api::search_report`]: put it aside.
pub const PAUSE: i32 = 1;
/// [`Api::search_report`]: end it.
pub const STOP: i32 = 2;

macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            _private: [u8; 0],
        }
    )*};
}

opaque! {
    /// A registry of components and the settings of a host.
    Context;
    /// Labelled examples.
    Dataset;
    /// A job in progress.
    Search;
    /// A trained network.
    Model;
}

/// Where a checkpoint or a model is read from. `read` returns how many bytes it wrote to `out`, at most `n`; 0 at the end, less
/// than 0 on failure.
#[repr(C)]
pub struct Reader {
    /// Handed to `read`.
    pub ctx: *mut c_void,
    /// Reads.
    pub read: Option<unsafe extern "C" fn(ctx: *mut c_void, out: *mut c_void, n: u64) -> i64>,
}

/// Where a checkpoint or a model is written to. `write` returns how many bytes it took, at most `n`, at least 1; less on failure.
#[repr(C)]
pub struct Writer {
    /// Handed to `write`.
    pub ctx: *mut c_void,
    /// Writes.
    pub write: Option<unsafe extern "C" fn(ctx: *mut c_void, from: *const c_void, n: u64) -> i64>,
}

/// Takes a message: level (0 error … 4 trace), target and text.
pub type LogFn = unsafe extern "C" fn(
    user: *mut c_void,
    level: i32,
    target: *const c_char,
    target_len: usize,
    message: *const c_char,
    message_len: usize,
);

/// How a context is made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ContextOptions {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// `CTX_…`, or-ed; others are refused.
    pub flags: u64,
    /// Folders whose manifests are loaded in order, each folder sorted by name: NUL-terminated paths.
    pub plugin_dirs: *const *const c_char,
    /// How many.
    pub n_plugin_dirs: usize,
    /// Gets messages on the thread that is inside a call; null: nobody.
    pub log: Option<LogFn>,
    /// Handed to `log`; lives as long as the context and what was made with it.
    pub log_user: *mut c_void,
    /// Messages above this level are not made.
    pub log_level: i32,
    /// Most worker threads of an engine; 0: what the job says.
    pub max_threads: u32,
}

impl ContextOptions {
    /// Bytes that version 1.0 asks for: up to `flags`.
    pub const MIN_SIZE: usize = 16;
}

/// Sees events as JSON; 0: go on, anything else: stop.
pub type ProgressFn = unsafe extern "C" fn(user: *mut c_void, event: *const c_char, len: usize) -> i32;

/// How far a run goes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RunOptions {
    /// Bytes of this struct.
    pub struct_size: usize,
    /// Called on the thread that is inside the call; null: nobody watches.
    pub progress: Option<ProgressFn>,
    /// Handed to `progress`.
    pub progress_user: *mut c_void,
    /// Most steps; 0: no limit.
    pub max_steps: u64,
    /// Most milliseconds from the call; 0: no limit.
    pub max_ms: u64,
}

impl RunOptions {
    /// Bytes that version 1.0 asks for: up to `progress_user`.
    pub const MIN_SIZE: usize = 24;
}

macro_rules! api {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*) => {
        /// The functions for hosts. It only grows at its end; `include/smash.h` says what each does.
        #[repr(C)]
        pub struct Api {
            /// Bytes of this struct.
            pub struct_size: usize,
            /// [`MAJOR`](super::MAJOR) of this library.
            pub abi_major: u32,
            /// [`MINOR`](super::MINOR) of this library.
            pub abi_minor: u32,
            $($(#[$doc])* pub $name: unsafe extern "C" fn($($arg: $type),*) $(-> $result)?,)*
        }

        impl Api {
            /// The names of its functions, in order.
            pub const FUNCTIONS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Names and offsets of its fields, for [`layout`](super::layout).
            pub(super) fn fields() -> Vec<(&'static str, usize)> {
                vec![
                    ("struct_size", std::mem::offset_of!(Self, struct_size)),
                    ("abi_major", std::mem::offset_of!(Self, abi_major)),
                    ("abi_minor", std::mem::offset_of!(Self, abi_minor)),
                    $((stringify!($name), std::mem::offset_of!(Self, $name)),)*
                ]
            }
        }
    };
}

api! {
    /// Optional parts by id; null when there is none of that id.
    get_extension(id: *const c_char) -> *const c_void;

    /// The code of an error; OK for null.
    error_code(error: *const Error) -> Code;
    /// Its message, NUL-terminated.
    error_message(error: *const Error, len: *mut usize) -> *const c_char;
    /// Its details as JSON, NUL-terminated; empty when there are none.
    error_details_json(error: *const Error, len: *mut usize) -> *const c_char;
    /// Makes an error, for callbacks.
    error_new(
        code: Code, message: *const c_char, message_len: usize, details: *const c_char, details_len: usize,
    ) -> *mut Error;
    /// Ends an error.
    error_free(error: *mut Error);

    /// Makes a context.
    context_create(options: *const ContextOptions, out: *mut *mut Context, err: *mut *mut Error) -> Code;
    /// Loads a plugin.
    context_load_plugin(
        context: *mut Context, manifest: *const c_char, len: usize, err: *mut *mut Error,
    ) -> Code;
    /// Versions and components, as JSON.
    context_describe(context: *const Context, out: *mut Buf, err: *mut *mut Error) -> Code;
    /// The JSON Schema of a component, or of a job.
    context_schema(
        context: *const Context, kind: *const c_char, kind_len: usize, id: *const c_char, id_len: usize,
        out: *mut Buf, err: *mut *mut Error,
    ) -> Code;
    /// Every problem of a job, as JSON.
    config_validate(
        context: *const Context, job: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error,
    ) -> Code;
    /// Ends a context.
    context_free(context: *mut Context);

    /// A dataset of the host's tensors.
    dataset_from_dlpack(
        context: *const Context, options: *const c_char, len: usize, x: *mut DlManaged, y: *mut DlManaged,
        out: *mut *mut Dataset, err: *mut *mut Error,
    ) -> Code;
    /// A dataset of the host's functions.
    dataset_from_vtable(
        context: *const Context, name: *const c_char, len: usize, vtable: *const DatasetVtable, this: *mut c_void,
        out: *mut *mut Dataset, err: *mut *mut Error,
    ) -> Code;
    /// A dataset as a job names it.
    dataset_from_config(
        context: *const Context, config: *const c_char, len: usize, out: *mut *mut Dataset, err: *mut *mut Error,
    ) -> Code;
    /// Ends a dataset.
    dataset_free(dataset: *mut Dataset);

    /// Begins a job.
    search_create(
        context: *const Context, job: *const c_char, len: usize, data: *const Dataset, out: *mut *mut Search,
        err: *mut *mut Error,
    ) -> Code;
    /// Steps.
    search_step(search: *mut Search, n: u64, done: *mut i32, events: *mut Buf, err: *mut *mut Error) -> Code;
    /// Steps until everything is done or the options stop it.
    search_run(search: *mut Search, options: *const RunOptions, err: *mut *mut Error) -> Code;
    /// Asks whoever runs it to stop.
    search_cancel(search: *const Search);
    /// Where it stands, as JSON.
    search_status(search: *const Search, out: *mut Buf, err: *mut *mut Error) -> Code;
    /// Candidates for the host to evaluate, as JSON.
    search_ask(search: *mut Search, n: u32, out: *mut Buf, err: *mut *mut Error) -> Code;
    /// What candidates turned out to be worth.
    search_tell(search: *mut Search, results: *const c_char, len: usize, err: *mut *mut Error) -> Code;
    /// What a candidate is worth so far; whether to go on.
    search_report(
        search: *mut Search, report: *const c_char, len: usize, decision: *mut i32, err: *mut *mut Error,
    ) -> Code;
    /// The best candidates, as JSON.
    search_best(search: *mut Search, k: u32, out: *mut Buf, err: *mut *mut Error) -> Code;
    /// Scores of given architectures.
    search_score(
        search: *mut Search, architectures: *const c_char, len: usize, scores: *mut f64, n: usize,
        err: *mut *mut Error,
    ) -> Code;
    /// The network that a finished job has trained.
    search_model(search: *mut Search, out: *mut *mut Model, err: *mut *mut Error) -> Code;
    /// Writes a checkpoint.
    search_save(search: *mut Search, writer: *const Writer, err: *mut *mut Error) -> Code;
    /// Goes on from a checkpoint.
    search_load(
        context: *const Context, reader: *const Reader, data: *const Dataset, out: *mut *mut Search,
        err: *mut *mut Error,
    ) -> Code;
    /// Ends a search.
    search_free(search: *mut Search);

    /// Trains one architecture with its own weights.
    model_train(
        context: *const Context, architecture: *const c_char, architecture_len: usize, job: *const c_char,
        job_len: usize, data: *const Dataset, options: *const RunOptions, out: *mut *mut Model,
        err: *mut *mut Error,
    ) -> Code;
    /// Reads a trained network.
    model_load(context: *const Context, reader: *const Reader, out: *mut *mut Model, err: *mut *mut Error) -> Code;
    /// What it is and what it is worth, as JSON.
    model_metrics(model: *mut Model, out: *mut Buf, err: *mut *mut Error) -> Code;
    /// Class probabilities.
    model_predict(
        model: *mut Model, x: *mut DlManaged, out: *mut *mut DlManaged, err: *mut *mut Error,
    ) -> Code;
    /// Writes it as safetensors.
    model_save(model: *mut Model, writer: *const Writer, err: *mut *mut Error) -> Code;
    /// Ends a model.
    model_free(model: *mut Model);
}

// SAFETY: numbers and functions.
unsafe impl Sync for Api {}

//! The function table (vtable) that a host calls, and the structs that it fills in.

use std::ffi::{c_char, c_void};

use crate::abi::{Buf, Code, Component, DatasetVtable, DecideFn, DlManaged, Error};

/// Context flag: plugins may be loaded, those that the host names and those in
/// [`ContextOptions::plugin_dirs`].
pub const CTX_ALLOW_PLUGINS: u64 = 1;
/// Context flag: the folders of `SMASH_PLUGIN_PATH` are loaded after those.
pub const CTX_ALLOW_ENV_PATHS: u64 = 2;

/// Answer of [`Api::search_report`]: go on with the trial.
pub const CONTINUE: i32 = 0;
/// Answer of [`Api::search_report`]: pause the trial.
pub const PAUSE: i32 = 1;
/// Answer of [`Api::search_report`]: stop the trial.
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
    /// Opaque handle of a context: a registry of components and the settings of a host.
    Context;
    /// Opaque handle of a dataset: labelled examples.
    Dataset;
    /// Opaque handle of a search space for a task.
    Space;
    /// Opaque handle of a search in progress.
    Search;
    /// Opaque handle of a trained network.
    Model;
}

/// A byte stream that a checkpoint or a model is read from. The callback `read` writes at most `n` bytes to
/// `out` and returns how many; 0 at the end, negative on failure.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Reader {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// User pointer, passed to `read`.
    pub user: *mut c_void,
    /// The read callback.
    pub read: Option<unsafe extern "C" fn(user: *mut c_void, out: *mut c_void, n: u64) -> i64>,
}

/// A byte stream that a checkpoint or a model is written to. The callback `write` returns how many of the `n`
/// bytes it took, at least 1; less on failure.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Writer {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// User pointer, passed to `write`.
    pub user: *mut c_void,
    /// The write callback.
    pub write: Option<unsafe extern "C" fn(user: *mut c_void, from: *const c_void, n: u64) -> i64>,
}

/// Log callback: user pointer, level (0 error … 4 trace), target and text.
pub type LogFn = unsafe extern "C" fn(
    user: *mut c_void,
    level: i32,
    target: *const c_char,
    target_len: usize,
    message: *const c_char,
    message_len: usize,
);

/// Options of a context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ContextOptions {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// `CTX_…` flags, or-ed; unknown flags are refused.
    pub flags: u64,
    /// Folders whose manifests are loaded in order, each folder sorted by name: NUL-terminated paths.
    pub plugin_dirs: *const *const c_char,
    /// Number of folders.
    pub n_plugin_dirs: usize,
    /// Log callback, called on the thread that is inside a call; null: no log.
    pub log: Option<LogFn>,
    /// User pointer, passed to `log`; lives as long as the context and everything made with it.
    pub user: *mut c_void,
    /// Log level: messages above it are not produced.
    pub log_level: i32,
    /// Upper limit on the worker threads of an engine; 0: the job decides.
    pub max_threads: u32,
    /// Upper limit on the bytes of an engine's tensors; 0: no limit.
    pub max_memory: u64,
}

/// Progress callback: gets an event as JSON; returns 0 to go on, anything else to stop.
pub type ProgressFn = unsafe extern "C" fn(user: *mut c_void, event: *const c_char, len: usize) -> i32;

/// Limits and progress callback of a run.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RunOptions {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Progress callback, called on the thread that is inside the call; null: none.
    pub progress: Option<ProgressFn>,
    /// User pointer, passed to `progress`.
    pub user: *mut c_void,
    /// Upper limit on steps; 0: no limit.
    pub max_steps: u64,
    /// Upper limit on milliseconds from the start of the call; 0: no limit.
    pub max_ms: u64,
    /// The phase before whose first step the call ends, one of the `PHASE_…`; 0: none.
    pub until: u32,
    /// The events that `progress` sees, `EVENT_…`, or-ed; 0: all.
    pub events: u32,
    /// Least milliseconds between two events of steps; 0: each step.
    pub interval_ms: u64,
    /// A flag that is looked at between steps: anything but 0 stops the call. Null: none.
    pub cancel: *const i32,
}

/// Phase of a search: the HyperNet is trained.
pub const PHASE_TRAINING: u32 = 1;
/// Phase of a search: candidates are scored.
pub const PHASE_SEARCHING: u32 = 2;
/// Phase of a search: the chosen network is trained.
pub const PHASE_RETRAINING: u32 = 3;

/// Events that are no others: budgets, choices, the end.
pub const EVENT_OTHER: u32 = 1;
/// Events of phases that begin.
pub const EVENT_PHASE: u32 = 2;
/// Events of training steps.
pub const EVENT_STEP: u32 = 4;
/// Events of epochs.
pub const EVENT_EPOCH: u32 = 8;
/// Events of completed trials.
pub const EVENT_CANDIDATE: u32 = 16;

/// Calls a macro with all functions of the table, as declarations `name(argument: type, …) -> type;`: what is
/// made of them is declared here once. The types are those of [`abi`](crate::abi) and of `std::ffi`.
#[macro_export]
macro_rules! functions {
    ($callback:ident) => { $callback! {
        /// The code of an error; OK for null.
        error_code(error: *const Error) -> Code;
        /// The message of an error, NUL-terminated.
        error_message(error: *const Error, len: *mut usize) -> *const c_char;
        /// The details of an error as JSON, NUL-terminated; empty when there are none.
        error_details(error: *const Error, len: *mut usize) -> *const c_char;
        /// Makes an error, for callbacks.
        error_new(
            code: Code, message: *const c_char, message_len: usize, details: *const c_char, details_len: usize,
        ) -> *mut Error;
        /// Frees an error.
        error_free(error: *mut Error);

        /// Creates a context.
        context_create(options: *const ContextOptions, out: *mut *mut Context, err: *mut *mut Error) -> Code;
        /// Loads a plugin.
        context_load_plugin(
            context: *mut Context, manifest: *const c_char, len: usize, err: *mut *mut Error,
        ) -> Code;
        /// Registers a component of the host.
        context_register(context: *mut Context, component: *const Component, err: *mut *mut Error) -> Code;
        /// Versions, components and plugins, as JSON.
        context_describe(context: *const Context, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// The JSON Schema of a component, or of a job.
        context_schema(
            context: *const Context, kind: *const c_char, kind_len: usize, id: *const c_char, id_len: usize,
            out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// Checks a job: every problem, as JSON.
        config_validate(
            context: *const Context, job: *const c_char, len: usize, data: *const Dataset, out: *mut Buf,
            err: *mut *mut Error,
        ) -> Code;
        /// Frees a context.
        context_free(context: *mut Context);

        /// Creates a dataset of the host's tensors (DLPack).
        dataset_from_dlpack(
            context: *const Context, options: *const c_char, len: usize, x: *mut DlManaged, y: *mut DlManaged,
            out: *mut *mut Dataset, err: *mut *mut Error,
        ) -> Code;
        /// Creates a dataset of the host's callbacks (vtable).
        dataset_from_vtable(
            context: *const Context, name: *const c_char, len: usize, vtable: *const DatasetVtable, this: *mut c_void,
            out: *mut *mut Dataset, err: *mut *mut Error,
        ) -> Code;
        /// Opens a dataset from its configuration in a job.
        dataset_from_config(
            context: *const Context, config: *const c_char, len: usize, out: *mut *mut Dataset, err: *mut *mut Error,
        ) -> Code;
        /// What a dataset is, as JSON.
        dataset_describe(data: *const Dataset, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Frees a dataset.
        dataset_free(dataset: *mut Dataset);

        /// Opens a search space for a task.
        space_open(
            context: *const Context, request: *const c_char, len: usize, out: *mut *mut Space, err: *mut *mut Error,
        ) -> Code;
        /// The JSON Schema of an architecture of the space.
        space_schema(space: *const Space, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Samples an architecture.
        space_sample(space: *const Space, seed: u64, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Mutates an architecture.
        space_mutate(
            space: *const Space, architecture: *const c_char, len: usize, seed: u64, rate: f64, out: *mut Buf,
            err: *mut *mut Error,
        ) -> Code;
        /// Crosses two architectures over.
        space_crossover(
            space: *const Space, first: *const c_char, first_len: usize, second: *const c_char, second_len: usize,
            seed: u64, rate: f64, out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// Draws an architecture, each decision of which the host answers.
        space_draw(
            space: *const Space, decide: Option<DecideFn>, user: *mut c_void, out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// Checks an architecture against the rules of the space and the constraints.
        space_validate(space: *const Space, architecture: *const c_char, len: usize, err: *mut *mut Error) -> Code;
        /// The size of an architecture's network, as JSON.
        space_count(
            space: *const Space, architecture: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// The graph of an architecture's network, as JSON: one of the `NETWORK_…`.
        space_graph(
            space: *const Space, architecture: *const c_char, len: usize, network: u32, out: *mut Buf,
            err: *mut *mut Error,
        ) -> Code;
        /// The decisions of an architecture with their conditions, as JSON.
        space_decisions(
            space: *const Space, architecture: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// The flat form of an architecture, as JSON.
        space_parameters(
            space: *const Space, architecture: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// The architecture of a flat form.
        space_from_parameters(
            space: *const Space, parameters: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// How many architectures the space has, as JSON.
        space_size(space: *const Space, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Frees a space.
        space_free(space: *mut Space);

        /// Creates a search for a job.
        search_create(
            context: *const Context, job: *const c_char, len: usize, data: *const Dataset, out: *mut *mut Search,
            err: *mut *mut Error,
        ) -> Code;
        /// Runs some steps of a search.
        search_step(search: *mut Search, n: u64, done: *mut i32, events: *mut Buf, err: *mut *mut Error) -> Code;
        /// Runs a search until it is done or the options stop it.
        search_run(search: *mut Search, options: *const RunOptions, err: *mut *mut Error) -> Code;
        /// Cancels a running search, from any thread.
        search_cancel(search: *const Search);
        /// The status of a search, as JSON.
        search_status(search: *const Search, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Asks for candidates, as JSON; they become pending trials that the host evaluates.
        search_ask(search: *mut Search, n: u32, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// The candidates that were asked for and are not told yet, as JSON.
        search_pending(search: *mut Search, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Tells the results of pending trials.
        search_tell(search: *mut Search, results: *const c_char, len: usize, err: *mut *mut Error) -> Code;
        /// Adds results of architectures that were evaluated elsewhere; their trial ids, as JSON.
        search_add(
            search: *mut Search, results: *const c_char, len: usize, out: *mut Buf, err: *mut *mut Error,
        ) -> Code;
        /// Reports an intermediate result of a pending trial; answers whether to go on with it.
        search_report(
            search: *mut Search, report: *const c_char, len: usize, decision: *mut i32, err: *mut *mut Error,
        ) -> Code;
        /// The best candidates, as JSON.
        search_best(search: *const Search, k: u32, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Scores given architectures with the HyperNet: validation losses and errors.
        search_score(
            search: *mut Search, architectures: *const c_char, len: usize, losses: *mut f64, errors: *mut f64,
            n: usize, err: *mut *mut Error,
        ) -> Code;
        /// The network that a finished job has trained.
        search_model(search: *mut Search, out: *mut *mut Model, err: *mut *mut Error) -> Code;
        /// Writes a checkpoint of a search.
        search_save(search: *mut Search, writer: *const Writer, err: *mut *mut Error) -> Code;
        /// Resumes a search from a checkpoint.
        search_load(
            context: *const Context, reader: *const Reader, data: *const Dataset, out: *mut *mut Search,
            err: *mut *mut Error,
        ) -> Code;
        /// Frees a search.
        search_free(search: *mut Search);

        /// Trains one architecture with its own weights.
        model_train(
            context: *const Context, architecture: *const c_char, architecture_len: usize, job: *const c_char,
            job_len: usize, data: *const Dataset, options: *const RunOptions, out: *mut *mut Model,
            err: *mut *mut Error,
        ) -> Code;
        /// Loads a trained network.
        model_load(context: *const Context, reader: *const Reader, out: *mut *mut Model, err: *mut *mut Error) -> Code;
        /// What a trained network is, as JSON.
        model_describe(model: *const Model, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// The metrics of a trained network, as JSON.
        model_metrics(model: *const Model, out: *mut Buf, err: *mut *mut Error) -> Code;
        /// Class probabilities of a batch (inference).
        model_predict(
            model: *const Model, x: *mut DlManaged, out: *mut *mut DlManaged, err: *mut *mut Error,
        ) -> Code;
        /// Writes a trained network in another format.
        model_export(
            model: *const Model, request: *const c_char, len: usize, writer: *const Writer, err: *mut *mut Error,
        ) -> Code;
        /// Writes a trained network as safetensors.
        model_save(model: *const Model, writer: *const Writer, err: *mut *mut Error) -> Code;
        /// Frees a model.
        model_free(model: *mut Model);
    } };
}

macro_rules! api {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*) => {
        /// The function table for hosts. It only grows at its end; `include/smash.h` says what each function
        /// does.
        #[repr(C)]
        pub struct Api {
            /// Size of this struct in bytes.
            pub struct_size: usize,
            /// [`MAJOR`](crate::abi::MAJOR) of this library.
            pub abi_major: u32,
            /// [`MINOR`](crate::abi::MINOR) of this library.
            pub abi_minor: u32,
            $($(#[$doc])* pub $name: unsafe extern "C" fn($($arg: $type),*) $(-> $result)?,)*
        }

        impl Api {
            /// The names of the functions, in order.
            pub const FUNCTIONS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Names and offsets of the fields, for [`layout`](crate::abi::layout).
            pub(crate) fn fields() -> Vec<(&'static str, usize)> {
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

functions!(api);

// SAFETY: the table holds numbers and function pointers only.
unsafe impl Sync for Api {}

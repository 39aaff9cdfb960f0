//! The C interface for hosts: three exported symbols and a table of functions (a vtable), as
//! `include/smash.h` declares them.
//!
//! Each function is one call through the [guard](smash_sdk::guard), which catches panics, into
//! [`embed`](crate::embed), which is safe Rust. The unsafe part is turning pointers into references and
//! results into pointers; it stands in `arguments`.

mod arguments;
mod call;
mod context;
mod dataset;
mod error;
mod model;
mod search;
mod space;
mod stream;

use std::ffi::{CStr, c_char};
use std::ptr;

use smash_sdk::abi::{Api, MAJOR, MINOR};
use smash_sdk::host_functions;

static API: Api = Api {
    struct_size: size_of::<Api>(),
    abi_major: MAJOR,
    abi_minor: MINOR,
    error_code: host_functions::error_code,
    error_message: host_functions::error_message,
    error_details: host_functions::error_details,
    error_new: host_functions::error_new,
    error_free: host_functions::error_free,
    context_create: context::create,
    context_load_plugin: context::load_plugin,
    context_register: context::register,
    context_describe: context::describe,
    context_schema: context::schema,
    config_validate: context::validate,
    context_free: context::free,
    dataset_from_dlpack: dataset::from_dlpack,
    dataset_from_vtable: dataset::from_vtable,
    dataset_from_config: dataset::from_config,
    dataset_describe: dataset::describe,
    dataset_free: dataset::free,
    space_open: space::open,
    space_schema: space::schema,
    space_sample: space::sample,
    space_mutate: space::mutate,
    space_crossover: space::crossover,
    space_draw: space::draw,
    space_validate: space::validate,
    space_count: space::count,
    space_graph: space::graph,
    space_decisions: space::decisions,
    space_parameters: space::parameters,
    space_from_parameters: space::from_parameters,
    space_size: space::size,
    space_free: space::free,
    search_create: search::create,
    search_step: search::step,
    search_run: search::run,
    search_cancel: search::cancel,
    search_status: search::status,
    search_ask: search::ask,
    search_pending: search::pending,
    search_tell: search::tell,
    search_add: search::add,
    search_report: search::report,
    search_best: search::best,
    search_score: search::score,
    search_model: search::model,
    search_save: search::save,
    search_load: search::load,
    search_free: search::free,
    model_train: model::train,
    model_load: model::load,
    model_describe: model::describe,
    model_metrics: model::metrics,
    model_predict: model::predict,
    model_export: model::export_as,
    model_save: model::save,
    model_free: model::free,
};

/// The function table of major version 1, with at least the additions of `min_minor`; null when this library
/// has no such version.
#[unsafe(no_mangle)]
pub extern "C" fn smash_get_api(major: u32, min_minor: u32) -> *const Api {
    if major != MAJOR || min_minor > MINOR {
        return ptr::null();
    }
    &raw const API
}

/// The version of this library as a number: a million times the major part, a thousand times the minor one,
/// and the patch.
#[unsafe(no_mangle)]
pub extern "C" fn smash_version_number() -> u32 {
    let part = |text: &str| text.parse::<u32>().unwrap_or_default();
    part(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + part(env!("CARGO_PKG_VERSION_MINOR")) * 1000
        + part(env!("CARGO_PKG_VERSION_PATCH"))
}

/// The version of this library, for people: a NUL-terminated static string.
#[unsafe(no_mangle)]
pub extern "C" fn smash_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

//! Contexts: the functions `context_*` and `config_validate` of the table.

use std::ffi::{CStr, c_char};
use std::path::PathBuf;
use std::sync::Arc;

use smash_sdk::abi::{
    self, Buf, CTX_ALLOW_ENV_PATHS, CTX_ALLOW_PLUGINS, Code, ContextOptions, ERR_BUSY, ERR_INVALID_ARGUMENT,
    ERR_UNSUPPORTED, Error,
};
use smash_sdk::buf;
use smash_sdk::guard::{Failure, guard};
use smash_sdk::handle;
use smash_sdk::host_functions::{LogCallback, with_log};
use smash_sdk::plugin::ForeignComponent;
use smash_sdk::sized;

use super::arguments::{OutParam, dataset, on_context, options, path};
use crate::embed::{Context, Options};

/// # Safety
/// As `smash.h` asks of every caller: each pointer is null or valid for the call, as its type says.
pub(super) unsafe extern "C" fn create(
    given: *const ContextOptions,
    out: *mut *mut abi::Context,
    err: *mut *mut Error,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let (out, options) = unsafe { (OutParam::new(out, "out")?, read(given)?) };
        out.handle(with_log(options.log, || Context::new(options.clone()))?)
    })
}

/// # Safety
/// As [`create`].
unsafe fn read(given: *const ContextOptions) -> Result<Options, Failure> {
    // SAFETY: promised by the caller; null pointers and zeros are what is left out.
    let Some(given) = (unsafe { options(given, "options") })? else {
        return Ok(Options::default());
    };
    let unknown = given.flags & !(CTX_ALLOW_PLUGINS | CTX_ALLOW_ENV_PATHS);
    if unknown != 0 {
        let text = format!("options/flags: this version does not know {unknown:#x}");
        return Err((ERR_UNSUPPORTED, text).into());
    }
    // SAFETY: promised by the caller.
    let dirs = unsafe { buf::slice(given.plugin_dirs, given.n_plugin_dirs) };
    let dir = |dir: &*const c_char| {
        let wrong =
            |what: &str| Failure::from((ERR_INVALID_ARGUMENT, format!("options/plugin_dirs: {what}")));
        if dir.is_null() {
            return Err(wrong("found a null pointer"));
        }
        // SAFETY: promised by the caller.
        let text = unsafe { CStr::from_ptr(*dir) }.to_str();
        text.map(PathBuf::from).map_err(|_| wrong("expected UTF-8"))
    };
    Ok(Options {
        plugins: given.flags & CTX_ALLOW_PLUGINS != 0,
        plugin_dirs: dirs.iter().map(dir).collect::<Result<_, _>>()?,
        environment: given.flags & CTX_ALLOW_ENV_PATHS != 0,
        max_threads: given.max_threads as usize,
        max_memory: (given.max_memory > 0).then_some(given.max_memory),
        // SAFETY: promised by the caller, as long as the context and what is made with it.
        log: given.log.map(|log| unsafe { LogCallback::new(log, given.user, given.log_level) }),
    })
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn load_plugin(
    context: *mut abi::Context,
    manifest: *const c_char,
    len: usize,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let manifest = unsafe { path(manifest, len, "manifest") }?;
        context.load_plugin(manifest)?.ok_or_else(busy)
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

fn busy() -> Failure {
    (ERR_BUSY, "another call is at work on this context".to_owned()).into()
}

/// # Safety
/// As [`create`]; the functions of the component do what `smash.h` says.
pub(super) unsafe extern "C" fn register(
    context: *mut abi::Context,
    component: *const abi::Component,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        unsafe { sized::check(component, "component") }?;
        // SAFETY: promised by the caller.
        let component = unsafe { ForeignComponent::of_host(component) }?;
        context.register(&component)?.ok_or_else(busy)
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn describe(
    context: *const abi::Context,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe {
        on_context(context, err, |context| OutParam::new(out, "out")?.text(context.describe().to_string()))
    }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn schema(
    context: *const abi::Context,
    kind: *const c_char,
    kind_len: usize,
    id: *const c_char,
    id_len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, kind, id) = unsafe {
            (OutParam::new(out, "out")?, buf::text(kind, kind_len, "kind")?, buf::text(id, id_len, "id")?)
        };
        out.text(context.schema(kind, id)?.to_string())
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn validate(
    context: *const abi::Context,
    job: *const c_char,
    len: usize,
    data: *const abi::Dataset,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, job, data) =
            unsafe { (OutParam::new(out, "out")?, buf::text(job, len, "job")?, dataset(data)) };
        out.text(context.validate(job, data.as_ref())?.to_string())
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`create`]; the context is not used again.
pub(super) unsafe extern "C" fn free(context: *mut abi::Context) {
    // SAFETY: promised by the caller.
    unsafe { handle::free::<Arc<Context>, _>(context) }
}

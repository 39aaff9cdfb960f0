//! Arguments and results of C calls: out-parameters, option structs, paths and opaque handles.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use smash_core::process::Process;
use smash_sdk::abi::{self, Buf, Code, ERR_INVALID_ARGUMENT, Error, RunOptions};
use smash_sdk::buf;
use smash_sdk::guard::{Failure, guard, write_out};
use smash_sdk::handle::{acquire, into_handle};
use smash_sdk::host_functions::{LogCallback, with_log};
use smash_sdk::instance::Instance;
use smash_sdk::sized::{self, SizedStruct};

use crate::embed::{Context, SharedDataset};

/// An out-parameter, which is not null.
pub(super) struct OutParam<T>(*mut T);

impl<T> OutParam<T> {
    /// # Safety
    /// A pointer that is not null can be written as long as the result is used.
    pub(super) unsafe fn new(pointer: *mut T, what: &str) -> Result<Self, Failure> {
        if pointer.is_null() { Err(null(what)) } else { Ok(Self(pointer)) }
    }

    pub(super) fn write(self, value: T) {
        // SAFETY: promised to `new`.
        unsafe { self.0.write(value) };
    }
}

impl OutParam<Buf> {
    pub(super) fn text(self, text: String) -> Result<(), Failure> {
        self.write(Buf::text(text));
        Ok(())
    }
}

impl<Opaque> OutParam<*mut Opaque> {
    /// Returns an opaque handle; the type `T` behind it is not visible to the host.
    pub(super) fn handle<T>(self, value: T) -> Result<(), Failure> {
        self.write(into_handle(value));
        Ok(())
    }
}

/// Writes an optional result: nothing where the caller passed null.
///
/// # Safety
/// `pointer` is null or can be written.
pub(super) unsafe fn write_optional<T>(pointer: *mut T, value: impl FnOnce() -> T) {
    if !pointer.is_null() {
        // SAFETY: promised by the caller; it is not null.
        let _ = unsafe { write_out(pointer, "", value()) };
    }
}

fn null(what: &str) -> Failure {
    (ERR_INVALID_ARGUMENT, format!("{what}: found a null pointer")).into()
}

/// Reads options that the caller filled in, perhaps for another version; `None` for null.
///
/// # Safety
/// `given` is null or points to as many bytes as its first field says.
pub(super) unsafe fn options<T: SizedStruct>(given: *const T, what: &str) -> Result<Option<T>, Failure> {
    // SAFETY: promised by the caller.
    if given.is_null() { Ok(None) } else { Ok(Some(unsafe { sized::read(given, what) }?)) }
}

/// A path that is borrowed for the call.
///
/// # Safety
/// As [`buf::slice`].
pub(super) unsafe fn path<'a>(
    data: *const std::ffi::c_char,
    len: usize,
    what: &str,
) -> Result<&'a Path, Failure> {
    // SAFETY: promised by the caller.
    let text = unsafe { buf::text(data, len, what) }?;
    if text.is_empty() || text.contains('\0') {
        return Err((ERR_INVALID_ARGUMENT, format!("{what}: expected a path, found {text:?}")).into());
    }
    Ok(Path::new(text))
}

/// The context behind a handle. The reference count keeps it alive for the call, and longer if something is
/// made with it.
///
/// # Safety
/// `context` is null or came from `into_handle` and was not freed.
pub(super) unsafe fn context(context: *const abi::Context) -> Result<Arc<Context>, Failure> {
    // SAFETY: promised by the caller; `into_handle` was given an `Arc`.
    Ok(Arc::clone(&*unsafe { acquire::<Arc<Context>, _>(context, "context") }?))
}

/// The dataset behind a handle; `None` for null.
///
/// # Safety
/// `dataset` is null or came from `into_handle` and was not freed.
pub(super) unsafe fn dataset(dataset: *const abi::Dataset) -> Option<SharedDataset> {
    // SAFETY: promised by the caller; `into_handle` was given a `SharedDataset`.
    unsafe { acquire::<SharedDataset, _>(dataset, "data") }.ok().map(|dataset| SharedDataset::clone(&dataset))
}

/// Runs a call on a context.
///
/// # Safety
/// `pointer` is null or came from `into_handle` and was not freed; `err` is null or can be written.
pub(super) unsafe fn on_context(
    pointer: *const abi::Context,
    err: *mut *mut Error,
    call: impl FnOnce(Arc<Context>) -> Result<(), Failure>,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let context = unsafe { context(pointer) }?;
        with_log(context.log(), || call(context))
    })
}

/// What stands behind an exclusive handle: one call at a time.
pub(super) struct Exclusive<T, Shared = ()> {
    pub(super) instance: Instance<T>,
    pub(super) shared: Shared,
    pub(super) log: Option<LogCallback>,
}

/// What stands behind a handle that several threads may use at once.
pub(super) struct Shared<T> {
    value: ManuallyDrop<T>,
    process: Process,
    log: Option<LogCallback>,
}

impl<T> Shared<T> {
    pub(super) fn new(value: T, log: Option<LogCallback>) -> Self {
        Self { value: ManuallyDrop::new(value), process: Process::current(), log }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // In a forked child it is left alone: whoever waits for the end of its threads waits for ever.
        if self.process.is_current() {
            // SAFETY: nothing uses the value after this.
            unsafe { ManuallyDrop::drop(&mut self.value) }
        }
    }
}

/// Runs a call on a shared handle.
///
/// # Safety
/// `handle` is null or came from `into_handle` of a `Shared<T>` and was not freed; `err` is null or can be
/// written.
pub(super) unsafe fn on_shared<T, Opaque>(
    handle: *const Opaque,
    what: &str,
    err: *mut *mut Error,
    call: impl FnOnce(&T) -> Result<(), Failure>,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let handle = unsafe { acquire::<Shared<T>, _>(handle, what) }?;
        handle.process.check("this handle")?;
        with_log(handle.log, || call(&handle.value))
    })
}

/// Runs a call on an exclusive handle.
///
/// # Safety
/// `handle` is null or came from `into_handle` of an `Exclusive<T, Shared>` and was not freed; `err` is null
/// or can be written.
pub(super) unsafe fn on_exclusive<T, Shared, Opaque>(
    handle: *const Opaque,
    what: &str,
    err: *mut *mut Error,
    call: impl FnOnce(&mut T) -> Result<(), Failure>,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let handle = unsafe { acquire::<Exclusive<T, Shared>, _>(handle, what) }?;
        with_log(handle.log, || handle.instance.enter(call))
    })
}

/// The options of a run: limits and the progress callback. Null: run to the end without a callback.
///
/// # Safety
/// As [`options`].
pub(super) unsafe fn run_options(given: *const RunOptions) -> Result<RunOptions, Failure> {
    // SAFETY: promised by the caller; no functions and zero numbers are fine.
    let options = unsafe { options(given, "options") }?;
    Ok(options.unwrap_or(RunOptions {
        struct_size: size_of::<RunOptions>(),
        progress: None,
        user: ptr::null_mut(),
        max_steps: 0,
        max_ms: 0,
        until: 0,
        events: 0,
        interval_ms: 0,
        cancel: ptr::null(),
    }))
}

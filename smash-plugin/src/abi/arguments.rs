//! From pointers to what they stand for, and back.

use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use smash_sdk::abi::{self, Buf, Code, Error, INVALID_ARGUMENT, RunOptions, VERSION_MISMATCH};
use smash_sdk::buf;
use smash_sdk::guard::{Failure, Instance, guard, hand_out, held, put};
use smash_sdk::host::{Log, with_log};

use crate::embed::{Context, SharedDataset};

/// Most bytes of a struct that a host fills in: far beyond any version.
const MOST: usize = 1 << 16;

/// A place for a result, which is not null.
pub(super) struct Place<T>(*mut T);

impl<T> Place<T> {
    /// # Safety
    /// A pointer that is not null can be written as long as the result is used.
    pub(super) unsafe fn new(pointer: *mut T, what: &str) -> Result<Self, Failure> {
        if pointer.is_null() { Err(null(what)) } else { Ok(Self(pointer)) }
    }

    pub(super) fn put(self, value: T) {
        // SAFETY: promised to `new`.
        unsafe { self.0.write(value) };
    }
}

impl Place<Buf> {
    pub(super) fn text(self, text: String) -> Result<(), Failure> {
        self.put(Buf::text(text));
        Ok(())
    }
}

impl<Opaque> Place<*mut Opaque> {
    /// Hands out a handle, whose opaque type stands for `T`.
    pub(super) fn handle<T>(self, value: T) -> Result<(), Failure> {
        self.put(hand_out(value));
        Ok(())
    }
}

/// Writes a result that the caller may not want.
///
/// # Safety
/// `pointer` is null or can be written.
pub(super) unsafe fn maybe<T>(pointer: *mut T, value: impl FnOnce() -> T) {
    if !pointer.is_null() {
        // SAFETY: promised by the caller; it is not null.
        let _ = unsafe { put(pointer, "", value()) };
    }
}

fn null(what: &str) -> Failure {
    (INVALID_ARGUMENT, format!("{what}: found a null pointer")).into()
}

/// A struct that the caller has filled in, perhaps for an older version (what it lacks is zero) or a newer one. `None` for
/// null.
///
/// # Safety
/// `given` is null or as large as its first field says; `T` may be all zeros.
pub(super) unsafe fn options<T: Copy>(
    given: *const T,
    least: usize,
    what: &str,
) -> Result<Option<T>, Failure> {
    if given.is_null() {
        return Ok(None);
    }
    // SAFETY: such structs begin with their size.
    let size = unsafe { given.cast::<usize>().read_unaligned() };
    if size < least {
        let text = format!("{what}: expected at least {least} bytes in struct_size, found {size}");
        return Err((VERSION_MISMATCH, text).into());
    }
    if size > MOST {
        let text = format!("{what}: expected at most {MOST} bytes in struct_size, found {size}");
        return Err((INVALID_ARGUMENT, text).into());
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: both are at least that large; zeros are a `T`, and so is what a caller writes over them.
    unsafe {
        ptr::copy_nonoverlapping(
            given.cast::<u8>(),
            value.as_mut_ptr().cast::<u8>(),
            size.min(size_of::<T>()),
        );
        Ok(Some(value.assume_init()))
    }
}

/// A path that is lent for a call.
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
        return Err((INVALID_ARGUMENT, format!("{what}: expected a path, found {text:?}")).into());
    }
    Ok(Path::new(text))
}

/// A context that stays for this call, and longer if something is made with it.
///
/// # Safety
/// `context` is null or was handed out and not freed.
pub(super) unsafe fn context(context: *const abi::Context) -> Result<Arc<Context>, Failure> {
    // SAFETY: promised by the caller; `hand_out` was given an `Arc`.
    Ok(Arc::clone(&*unsafe { held::<Arc<Context>, _>(context, "context") }?))
}

/// A dataset; `None` for null.
///
/// # Safety
/// `dataset` is null or was handed out and not freed.
pub(super) unsafe fn dataset(dataset: *const abi::Dataset) -> Option<SharedDataset> {
    // SAFETY: promised by the caller; `hand_out` was given a `SharedDataset`.
    unsafe { held::<SharedDataset, _>(dataset, "data") }.ok().map(|dataset| SharedDataset::clone(&dataset))
}

/// A call on a context.
///
/// # Safety
/// `pointer` is null or was handed out and not freed; `err` is null or can be written.
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

/// A handle that one call at a time may be in.
pub(super) struct One<T, Shared = ()> {
    pub(super) instance: Instance<T>,
    pub(super) shared: Shared,
    pub(super) log: Option<Log>,
}

/// A call on a handle that one call at a time may be in.
///
/// # Safety
/// `handle` is null or was handed out as a `One<T, Shared>` and not freed; `err` is null or can be written.
pub(super) unsafe fn on_one<T, Shared, Opaque>(
    handle: *const Opaque,
    what: &str,
    err: *mut *mut Error,
    call: impl FnOnce(&mut T) -> Result<(), Failure>,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let one = unsafe { held::<One<T, Shared>, _>(handle, what) }?;
        with_log(one.log, || one.instance.enter(call))
    })
}

/// How far a run goes and who watches; null: to the end, unwatched.
///
/// # Safety
/// As [`options`].
pub(super) unsafe fn run_options(given: *const RunOptions) -> Result<RunOptions, Failure> {
    // SAFETY: promised by the caller; no functions and zero numbers are fine.
    let options = unsafe { options(given, RunOptions::MIN_SIZE, "options") }?;
    Ok(options.unwrap_or(RunOptions {
        struct_size: size_of::<RunOptions>(),
        progress: None,
        progress_user: ptr::null_mut(),
        max_steps: 0,
        max_ms: 0,
    }))
}

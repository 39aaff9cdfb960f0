//! Searches: the functions `search_*` of the table.

use std::ffi::c_char;
use std::sync::Arc;

use smash_core::session::{Decision, End, Event};
use smash_sdk::abi::{
    self, Buf, CONTINUE, Code, ERR_CANCELLED, ERR_INVALID_ARGUMENT, Error, PAUSE, Reader, RunOptions, STOP,
    Writer,
};
use smash_sdk::buf;
use smash_sdk::guard::{Failure, guard};
use smash_sdk::handle::{self, acquire};
use smash_sdk::instance::Instance;

use super::arguments::{Exclusive, OutParam, dataset, on_context, on_exclusive, run_options, write_optional};
use super::call::{Watch, limits};
use super::stream;
use crate::embed::{Context, Control, Limits, Search, event_text};

/// What stands behind the opaque handle `SmashSearch`.
type Handle = Exclusive<Search, Arc<Control>>;

fn handle(search: Search) -> Handle {
    let (shared, log) = (Arc::clone(search.control()), search.context().log());
    Exclusive { instance: Instance::new(search), shared, log }
}

/// Runs a call on a search.
///
/// # Safety
/// As [`create`].
unsafe fn on_search(
    search: *const abi::Search,
    err: *mut *mut Error,
    call: impl FnOnce(&mut Search) -> Result<(), Failure>,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_exclusive::<Search, Arc<Control>, _>(search, "search", err, call) }
}

/// # Safety
/// As `smash.h` asks of every caller: each pointer is null or valid for the call, as its type says.
pub(super) unsafe extern "C" fn create(
    context: *const abi::Context,
    job: *const c_char,
    len: usize,
    data: *const abi::Dataset,
    out: *mut *mut abi::Search,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, job, data) =
            unsafe { (OutParam::new(out, "out")?, buf::text(job, len, "job")?, dataset(data)) };
        out.handle(handle(Search::new(context, job, data.as_ref())?))
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn step(
    search: *mut abi::Search,
    n: u64,
    done: *mut i32,
    events: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |search: &mut Search| {
        let mut seen: Vec<String> = Vec::new();
        let mut watch = |event: &Event| {
            if !events.is_null() {
                seen.push(event_text(event));
            }
            true
        };
        let end = search.run(Limits { steps: Some(n), ..Limits::default() }, &mut watch)?;
        if end == End::Cancelled {
            return Err(cancelled());
        }
        // SAFETY: promised by the caller.
        unsafe {
            write_optional(done, || i32::from(end == End::Done));
            write_optional(events, || Buf::text(format!("[{}]", seen.join(","))));
        }
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, call) }
}

fn cancelled() -> Failure {
    (ERR_CANCELLED, "it was asked to stop".to_owned()).into()
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn run(
    search: *mut abi::Search,
    options: *const RunOptions,
    err: *mut *mut Error,
) -> Code {
    let call = |search: &mut Search| {
        // SAFETY: promised by the caller.
        let (options, mut watch) = unsafe {
            let options = run_options(options)?;
            (options, Watch::new(options))
        };
        let limits = limits(&options)?;
        if watch.is_cancelled() {
            return Err(cancelled());
        }
        match search.run(limits, &mut |event| watch.see(event))? {
            End::Cancelled => Err(cancelled()),
            End::Done | End::Paused => Ok(()),
        }
    };
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn cancel(search: *const abi::Search) {
    guard(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        unsafe { acquire::<Handle, _>(search, "search") }?.shared.cancel();
        Ok(())
    });
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn status(
    search: *const abi::Search,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let (handle, out) = unsafe { (acquire::<Handle, _>(search, "search")?, OutParam::new(out, "out")?) };
        handle.instance.check_process()?;
        out.text(handle.shared.status(handle.instance.is_poisoned()))
    })
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn ask(
    search: *mut abi::Search,
    n: u32,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, |search| OutParam::new(out, "out")?.text(search.ask(n as usize)?)) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn pending(
    search: *mut abi::Search,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, |search| OutParam::new(out, "out")?.text(search.pending())) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn tell(
    search: *mut abi::Search,
    results: *const c_char,
    len: usize,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, |search| Ok(search.tell(buf::text(results, len, "results")?)?)) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn report(
    search: *mut abi::Search,
    report: *const c_char,
    len: usize,
    decision: *mut i32,
    err: *mut *mut Error,
) -> Code {
    let call = |search: &mut Search| {
        // SAFETY: promised by the caller.
        let (out, report) =
            unsafe { (OutParam::new(decision, "decision")?, buf::text(report, len, "report")?) };
        out.write(match search.report(report)? {
            Decision::Continue => CONTINUE,
            Decision::Pause => PAUSE,
            Decision::Stop => STOP,
        });
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn add(
    search: *mut abi::Search,
    results: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |search: &mut Search| {
        // SAFETY: promised by the caller.
        let (out, results) = unsafe { (OutParam::new(out, "out")?, buf::text(results, len, "results")?) };
        out.text(search.add(results)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn best(
    search: *const abi::Search,
    k: u32,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let (handle, out) = unsafe { (acquire::<Handle, _>(search, "search")?, OutParam::new(out, "out")?) };
        handle.instance.check_process()?;
        out.text(handle.shared.best(k as usize))
    })
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn score(
    search: *mut abi::Search,
    architectures: *const c_char,
    len: usize,
    losses: *mut f64,
    errors: *mut f64,
    n: usize,
    err: *mut *mut Error,
) -> Code {
    let call = |search: &mut Search| {
        // SAFETY: promised by the caller.
        let (_, text) =
            unsafe { (OutParam::new(losses, "losses")?, buf::text(architectures, len, "architectures")?) };
        let found = search.score(text)?.ok_or_else(cancelled)?;
        if found.len() != n {
            let text = format!("n: expected {}, the number of architectures, found {n}", found.len());
            return Err((ERR_INVALID_ARGUMENT, text).into());
        }
        for (i, score) in found.iter().enumerate() {
            // SAFETY: promised by the caller: both have room for `n` values, `errors` unless it is null.
            unsafe {
                losses.add(i).write(score.loss);
                if !errors.is_null() {
                    errors.add(i).write(score.error);
                }
            }
        }
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn model(
    search: *mut abi::Search,
    out: *mut *mut abi::Model,
    err: *mut *mut Error,
) -> Code {
    let call = |search: &mut Search| {
        // SAFETY: promised by the caller.
        let out = unsafe { OutParam::new(out, "out") }?;
        out.handle(super::model::handle(search.model()?, search.context()))
    };
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, call) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn save(
    search: *mut abi::Search,
    writer: *const Writer,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_search(search, err, |search| stream::write(writer, || search.save())) }
}

/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn load(
    context: *const abi::Context,
    reader: *const Reader,
    data: *const abi::Dataset,
    out: *mut *mut abi::Search,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, bytes, data) =
            unsafe { (OutParam::new(out, "out")?, stream::read(reader)?, dataset(data)) };
        out.handle(handle(Search::load(context, &bytes, data.as_ref())?))
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`create`]; the search is not used again.
pub(super) unsafe extern "C" fn free(search: *mut abi::Search) {
    // SAFETY: promised by the caller.
    unsafe { handle::free::<Handle, _>(search) }
}

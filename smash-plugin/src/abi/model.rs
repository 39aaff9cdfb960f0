//! Trained networks: the functions `model_*` of the table.

use std::ffi::c_char;
use std::sync::Arc;

use smash_core::session::Event;
use smash_sdk::abi::{self, Buf, Code, DlManaged, ERR_CANCELLED, Error, Reader, RunOptions, Writer};
use smash_sdk::buf;
use smash_sdk::guard::Failure;
use smash_sdk::handle;
use smash_sdk::tensor::{Borrowed, call_deleter, export};

use super::arguments::{OutParam, Shared, dataset, on_context, on_shared, run_options};
use super::call::{Watch, limits};
use super::stream;
use crate::embed::{Context, Inputs, Model};

pub(super) fn handle(model: Model, context: &Context) -> Shared<Model> {
    Shared::new(model, context.log())
}

/// Runs a call on a model.
///
/// # Safety
/// As [`train`].
unsafe fn on_model(
    model: *const abi::Model,
    err: *mut *mut Error,
    call: impl FnOnce(&Model) -> Result<(), Failure>,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_shared::<Model, _>(model, "model", err, call) }
}

/// # Safety
/// As `smash.h` asks of every caller: each pointer is null or valid for the call, as its type says.
pub(super) unsafe extern "C" fn train(
    context: *const abi::Context,
    architecture: *const c_char,
    architecture_len: usize,
    job: *const c_char,
    job_len: usize,
    data: *const abi::Dataset,
    options: *const RunOptions,
    out: *mut *mut abi::Model,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, architecture, job, data, options) = unsafe {
            (
                OutParam::new(out, "out")?,
                buf::text(architecture, architecture_len, "architecture")?,
                buf::text(job, job_len, "job")?,
                dataset(data),
                run_options(options)?,
            )
        };
        // SAFETY: promised by the caller.
        let mut watch = unsafe { Watch::new(options) };
        let limits = limits(&options)?;
        let trained = match watch.is_cancelled() {
            true => None,
            false => {
                let see = &mut |event: &Event| watch.see(event);
                Model::train(Arc::clone(&context), architecture, job, data.as_ref(), limits, see)?
            }
        };
        let stopped = "it was asked to stop, or a limit of its options was reached: a training that ends early leaves no model";
        out.handle(handle(trained.ok_or_else(|| (ERR_CANCELLED, stopped.to_owned()))?, &context))
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`train`].
pub(super) unsafe extern "C" fn load(
    context: *const abi::Context,
    reader: *const Reader,
    out: *mut *mut abi::Model,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, bytes) = unsafe { (OutParam::new(out, "out")?, stream::read(reader)?) };
        out.handle(handle(Model::load(&context, &bytes)?, &context))
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`train`].
pub(super) unsafe extern "C" fn describe(
    model: *const abi::Model,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_model(model, err, |model| OutParam::new(out, "out")?.text(model.describe())) }
}

/// # Safety
/// As [`train`].
pub(super) unsafe extern "C" fn export_as(
    model: *const abi::Model,
    request: *const c_char,
    len: usize,
    writer: *const Writer,
    err: *mut *mut Error,
) -> Code {
    let call = |model: &Model| {
        // SAFETY: promised by the caller.
        let request = unsafe { buf::text(request, len, "request") }?;
        // SAFETY: promised by the caller.
        unsafe { stream::write(writer, || model.export_file(request)) }
    };
    // SAFETY: promised by the caller.
    unsafe { on_model(model, err, call) }
}

/// # Safety
/// As [`train`].
pub(super) unsafe extern "C" fn metrics(
    model: *const abi::Model,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_model(model, err, |model| OutParam::new(out, "out")?.text(model.metrics())) }
}

/// # Safety
/// As [`train`]; the tensor does not change during the call.
pub(super) unsafe extern "C" fn predict(
    model: *const abi::Model,
    x: *mut DlManaged,
    out: *mut *mut DlManaged,
    err: *mut *mut Error,
) -> Code {
    let call = |model: &Model| {
        // SAFETY: promised by the caller.
        let (out, given) = unsafe { (OutParam::new(out, "out")?, Borrowed::from_managed(x, "x")?) };
        let inputs =
            if given.is::<u8>() { Inputs::Bytes(given.to_vec()?) } else { Inputs::Floats(given.to_vec()?) };
        let probabilities = model.predict(given.shape(), &inputs)?;
        out.write(export(probabilities));
        // SAFETY: promised by the caller. Ownership of the tensor passes to this library only here, where
        // nothing can fail any more.
        unsafe { call_deleter(x) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { on_model(model, err, call) }
}

/// # Safety
/// As [`train`].
pub(super) unsafe extern "C" fn save(
    model: *const abi::Model,
    writer: *const Writer,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_model(model, err, |model| stream::write(writer, || model.save())) }
}

/// # Safety
/// As [`train`]; the model is not used again.
pub(super) unsafe extern "C" fn free(model: *mut abi::Model) {
    // SAFETY: promised by the caller.
    unsafe { handle::free::<Shared<Model>, _>(model) }
}

//! The vtable of a Rust estimator.

use std::ffi::{c_char, c_void};

use serde_json::Value;
use smash_core::Error as Core;
use smash_core::architecture::Architecture;
use smash_core::dataset::Data;
use smash_core::random::Seed;
use smash_core::strategy::{self, Estimator};

use super::import::{Scored, Stepped};
use crate::abi::{Buf, Code, DatasetVtable, ERR_INVALID_ARGUMENT, Error, EstimatorContext, EstimatorVtable};
use crate::backend::import::ForeignBackend;
use crate::buf::text;
use crate::dataset;
use crate::guard::{Failure, write_out};
use crate::instance::Instance;
use crate::sized;
use crate::space::import::ForeignSpace;

/// What stands behind the opaque `this` pointer.
pub(crate) struct Exported {
    estimator: Box<dyn Estimator>,
    /// The examples behind a pointer of the host, which stays the same.
    data: Option<(*mut c_void, Data)>,
}

impl Exported {
    pub(crate) fn new(estimator: Box<dyn Estimator>) -> Self {
        Self { estimator, data: None }
    }

    /// Lets the estimator look at the examples behind a pointer.
    ///
    /// # Safety
    /// The examples are lent until the estimator is destroyed.
    unsafe fn see(&mut self, vtable: *const DatasetVtable, this: *mut c_void) -> Result<(), Failure> {
        if self.data.as_ref().is_none_or(|(known, _)| *known != this) {
            // SAFETY: promised by the caller.
            let examples = unsafe { dataset::borrow("data", vtable, this) }?;
            self.data = Some((this, Data::new(examples, Seed::new(0))?));
        }
        Ok(())
    }

    /// Runs a call of the estimator with what the host lends it.
    ///
    /// # Safety
    /// All that the context points to is valid for the call, the examples until the estimator is destroyed.
    unsafe fn lent<T>(
        &mut self,
        context: *const EstimatorContext,
        call: impl FnOnce(&mut dyn Estimator, &mut strategy::EstimatorContext<'_>) -> Result<T, Core>,
    ) -> Result<T, Failure> {
        // SAFETY: promised by the caller.
        let context = unsafe { sized::read(context, "context") }?;
        // SAFETY: promised by the caller.
        unsafe { self.see(context.data, context.data_self) }?;
        // SAFETY: promised by the caller.
        let (space, mut backend) = unsafe {
            (
                ForeignSpace::borrowed(context.space, context.space_self)?,
                ForeignBackend::borrowed(context.backend, context.backend_self)?,
            )
        };
        let Some((_, data)) = &self.data else { return Err(Core::Data("there are none".into()).into()) };
        let seed = Seed::new(context.seed);
        let mut context = strategy::EstimatorContext { space: &space, data, backend: &mut backend, seed };
        Ok(call(&mut *self.estimator, &mut context)?)
    }
}

// SAFETY: the pointer is compared only.
unsafe impl Send for Exported {}

/// The vtable of an estimator.
pub(crate) static VTABLE: EstimatorVtable = EstimatorVtable {
    struct_size: size_of::<EstimatorVtable>(),
    steps: Some(steps),
    step: Some(step),
    score,
    save: Some(save),
    load: Some(load),
    destroy,
};

fn parse<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, Failure> {
    smash_core::json::from_str(text).map_err(|e| (ERR_INVALID_ARGUMENT, format!("{what}: {e}")).into())
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn json(value: &impl serde::Serialize) -> Result<Buf, Failure> {
    Ok(Buf::text(serde_json::to_string(value).map_err(|e| Core::State(e.to_string()))?))
}

unsafe extern "C" fn steps(
    this: *mut c_void,
    data: *const DatasetVtable,
    data_this: *mut c_void,
    out: *mut u64,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: the host promises that `this`, what it lends, texts and out-pointers are valid, as in every
    // function below.
    unsafe {
        Instance::<Exported>::call(this, err, |exported| {
            exported.see(data, data_this)?;
            let steps = exported.data.as_ref().map_or(0, |(_, data)| exported.estimator.steps(data));
            write_out(out, "out", steps)
        })
    }
}

unsafe extern "C" fn step(
    this: *mut c_void,
    context: *const EstimatorContext,
    step: u64,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `steps`.
    unsafe {
        Instance::<Exported>::call(this, err, |exported| {
            let done = exported.lent(context, |estimator, context| estimator.step(context, step))?;
            let (loss, error) = (finite(done.loss), finite(done.error));
            write_out(out, "out", json(&Stepped { loss, error, applied: done.applied })?)
        })
    }
}

unsafe extern "C" fn score(
    this: *mut c_void,
    context: *const EstimatorContext,
    architectures: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `steps`.
    unsafe {
        Instance::<Exported>::call(this, err, |exported| {
            let architectures: Vec<Architecture> =
                parse(text(architectures, len, "architectures")?, "architectures")?;
            let scores =
                exported.lent(context, |estimator, context| estimator.score(context, &architectures))?;
            let scored = scores.iter().map(|s| Scored { loss: finite(s.loss), error: finite(s.error) });
            write_out(out, "out", json(&scored.collect::<Vec<_>>())?)
        })
    }
}

unsafe extern "C" fn save(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: as in `steps`.
    unsafe {
        Instance::<Exported>::call(this, err, |exported| {
            write_out(out, "out", json(&exported.estimator.save()?)?)
        })
    }
}

unsafe extern "C" fn load(this: *mut c_void, state: *const c_char, len: usize, err: *mut *mut Error) -> Code {
    // SAFETY: as in `steps`.
    unsafe {
        Instance::<Exported>::call(this, err, |exported| {
            let state: Value = parse(text(state, len, "state")?, "state")?;
            Ok(exported.estimator.load(&state)?)
        })
    }
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    // SAFETY: as in `steps`.
    unsafe { Instance::<Exported>::destroy(this) }
}

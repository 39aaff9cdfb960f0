//! An estimator of the other side as an [`Estimator`].

use std::ffi::c_void;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smash_core::architecture::Architecture;
use smash_core::dataset::Data;
use smash_core::strategy::{Estimator, EstimatorContext, Score, TrainStep};
use smash_core::{Error, Result};

use super::lend::{BorrowedBackend, Normalised};
use crate::abi::{self, EstimatorVtable};
use crate::dataset::export::Examples;
use crate::error::faulty;
use crate::instance::Instance;
use crate::space::export::BorrowedSpace;
use crate::vtable::Handle;
use crate::{backend, dataset};

/// Limit on training steps: what is beyond it is a mistake.
const MOST_STEPS: u64 = 1 << 40;

/// A training step on its way; `null`: not finite.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stepped {
    pub(super) loss: Option<f64>,
    pub(super) error: Option<f64>,
    #[serde(default = "applied")]
    pub(super) applied: bool,
}

fn applied() -> bool {
    true
}

/// A score on its way; `null`: not finite.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Scored {
    pub(super) loss: Option<f64>,
    #[serde(default)]
    pub(super) error: Option<f64>,
}

/// An estimator behind a vtable.
pub(crate) struct ForeignEstimator {
    handle: Handle<EstimatorVtable>,
    lent: Mutex<Lent>,
}

/// What the estimator has borrowed for good.
#[derive(Default)]
struct Lent {
    data: Option<LentData>,
    /// The number of training steps, or why it could not be told.
    steps: Option<std::result::Result<u64, String>>,
}

/// The examples of a session, behind an opaque pointer.
struct LentData {
    data: Data,
    this: *mut c_void,
}

// SAFETY: an instance may be called and destroyed by any thread.
unsafe impl Send for LentData {}

impl LentData {
    fn new(data: &Data) -> Self {
        let examples: Examples = Box::new(Normalised(data.clone()));
        Self { data: data.clone(), this: Instance::into_raw(examples) }
    }
}

impl Drop for LentData {
    fn drop(&mut self) {
        // SAFETY: made by `new`; the estimator that has borrowed it is destroyed before.
        unsafe { Instance::<Examples>::destroy(self.this) }
    }
}

impl ForeignEstimator {
    /// # Safety
    /// As [`Handle::new`].
    pub(crate) unsafe fn new(vtable: *const EstimatorVtable, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        let handle = unsafe { Handle::new(vtable, this) }?;
        Ok(Self { handle, lent: Mutex::default() })
    }

    fn lent(&self) -> MutexGuard<'_, Lent> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The examples, lent for as long as the estimator lives.
    fn data(&self, data: &Data) -> *mut c_void {
        let mut lent = self.lent();
        match &lent.data {
            Some(known) if known.data.is(data) => known.this,
            _ => {
                lent.steps = None;
                lent.data.insert(LentData::new(data)).this
            }
        }
    }

    /// The number of training steps.
    fn asked(&self, data: &Data) -> std::result::Result<u64, String> {
        let data = self.data(data);
        if let Some(steps) = &self.lent().steps {
            return steps.clone();
        }
        let Some(steps) = self.handle.vtable.steps else { return Ok(0) };
        let mut found = 0;
        let told = self.handle.call(|_, this, err| {
            // SAFETY: `this` belongs to the vtable; the examples and the out-pointer are valid for the call.
            unsafe { steps(this, &raw const dataset::export::VTABLE, data, &raw mut found, err) }
        });
        let steps = match told {
            Ok(()) if found > MOST_STEPS => {
                Err(format!("steps: expected at most {MOST_STEPS}, found {found}"))
            }
            Ok(()) => Ok(found),
            Err(error) => Err(error.to_string()),
        };
        self.lent().steps.insert(steps).clone()
    }

    /// Lends everything for a call.
    fn lend<T>(
        &self,
        context: &mut EstimatorContext<'_>,
        call: impl FnOnce(*const abi::EstimatorContext) -> Result<T>,
    ) -> Result<T> {
        let data = self.data(context.data);
        let space = BorrowedSpace::new(context.space);
        let backend = BorrowedBackend::new(&mut *context.backend);
        let lent = abi::EstimatorContext {
            struct_size: size_of::<abi::EstimatorContext>(),
            space: space.vtable(),
            space_self: space.this(),
            data: &raw const dataset::export::VTABLE,
            data_self: data,
            backend: &raw const backend::export::VTABLE,
            backend_self: backend.this(),
            seed: context.seed.random().bits(),
        };
        call(&raw const lent)
    }
}

impl Estimator for ForeignEstimator {
    /// One where the number could not be told: the first step says why.
    fn steps(&self, data: &Data) -> u64 {
        self.asked(data).unwrap_or(1)
    }

    fn step(&mut self, context: &mut EstimatorContext<'_>, step: u64) -> Result<TrainStep> {
        self.asked(context.data).map_err(faulty)?;
        let Some(function) = self.handle.vtable.step else {
            return Err(faulty("it has training steps, and its function step is null"));
        };
        let done: Stepped = self.lend(context, |lent| {
            self.handle.json("step", |_, this, out, err| {
                // SAFETY: `this` belongs to the vtable; what is lent and the out-pointers are valid for the
                // call.
                unsafe { function(this, lent, step, out, err) }
            })
        })?;
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Ok(TrainStep { loss: number(done.loss), error: number(done.error), applied: done.applied })
    }

    fn score(
        &mut self,
        context: &mut EstimatorContext<'_>,
        architectures: &[Architecture],
    ) -> Result<Vec<Score>> {
        let text = serde_json::to_string(architectures).map_err(|e| Error::State(e.to_string()))?;
        let scored: Vec<Scored> = self.lend(context, |lent| {
            self.handle.json("score", |v, this, out, err| {
                // SAFETY: as in `step`.
                unsafe { (v.score)(this, lent, text.as_ptr().cast(), text.len(), out, err) }
            })
        })?;
        if scored.len() != architectures.len() {
            let (expected, found) = (architectures.len(), scored.len());
            return Err(faulty(format!("score: expected {expected} scores, found {found}")));
        }
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Ok(scored.iter().map(|s| Score { loss: number(s.loss), error: number(s.error) }).collect())
    }

    fn save(&self) -> Result<Value> {
        let Some(save) = self.handle.vtable.save else { return Ok(Value::Null) };
        // SAFETY: as in `step`.
        self.handle.json("save", |_, this, out, err| unsafe { save(this, out, err) })
    }

    fn load(&mut self, state: &Value) -> Result<()> {
        let Some(load) = self.handle.vtable.load else { return Ok(()) };
        let state = state.to_string();
        // SAFETY: as in `step`.
        self.handle.call(|_, this, err| unsafe { load(this, state.as_ptr().cast(), state.len(), err) })
    }
}

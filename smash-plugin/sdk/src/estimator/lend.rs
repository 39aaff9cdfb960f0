//! What is lent to an estimator of the other side: the examples as its session sees them, and the engine.

use std::ffi::c_void;
use std::marker::PhantomData;

use smash_core::Result;
use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Plan, Snapshot, StepGroup, StepReport,
};
use smash_core::dataset::{Augmentation, Data, Dataset, Splits};
use smash_core::graph::Graph;
use smash_core::random::Seed;
use smash_core::task::Task;
use smash_core::tensor::Tensor;

use crate::backend::export::Engine;
use crate::instance::Instance;

/// The examples of a session, normalised, with the session's splits.
pub(super) struct Normalised(pub(super) Data);

impl Dataset for Normalised {
    fn task(&self) -> &Task {
        self.0.task()
    }

    fn len(&self) -> usize {
        self.0.dataset().len()
    }

    fn label(&self, index: usize) -> usize {
        self.0.dataset().label(index)
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        self.read_batch(&[index], None, out)
    }

    fn views(&self) -> usize {
        self.0.dataset().views()
    }

    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        self.read_batch(&[index], Some(&[view]), out)
    }

    fn read_batch(&self, indices: &[usize], views: Option<&[usize]>, out: &mut [f32]) -> Result<()> {
        self.0.dataset().read_batch(indices, views, out)?;
        if let Some(normalise) = self.0.normalise() {
            normalise.apply(self.task().extents.iter().product(), out);
        }
        Ok(())
    }

    fn splits(&self, _: Seed) -> Result<Splits> {
        Ok(self.0.splits().clone())
    }

    fn class_names(&self) -> Option<&[String]> {
        self.0.dataset().class_names()
    }

    fn augmentation(&self) -> Augmentation {
        self.0.dataset().augmentation()
    }
}

/// An engine that the other side borrows for a call.
pub(super) struct BorrowedBackend<'a> {
    this: *mut c_void,
    backend: PhantomData<&'a mut dyn Backend>,
}

impl<'a> BorrowedBackend<'a> {
    pub(super) fn new(backend: &'a mut dyn Backend) -> Self {
        let pointer: *mut (dyn Backend + 'a) = backend;
        // SAFETY: only the lifetime is erased here; `Self` carries it.
        let pointer: *mut (dyn Backend + 'static) = unsafe { std::mem::transmute(pointer) };
        let engine: Engine = Box::new(Lent(pointer));
        Self { this: Instance::into_raw(engine), backend: PhantomData }
    }

    pub(super) fn this(&self) -> *mut c_void {
        self.this
    }
}

impl Drop for BorrowedBackend<'_> {
    fn drop(&mut self) {
        // SAFETY: made by `new`; the other side does not use a borrowed engine after the call.
        unsafe { Instance::<Engine>::destroy(self.this) }
    }
}

/// The engine of a [`BorrowedBackend`].
struct Lent(*mut dyn Backend);

// SAFETY: an engine may be called by any thread, one at a time.
unsafe impl Send for Lent {}

impl Lent {
    fn get(&self) -> &dyn Backend {
        // SAFETY: `BorrowedBackend` holds an exclusive borrow of it and destroys this first.
        unsafe { &*self.0 }
    }

    fn get_mut(&mut self) -> &mut dyn Backend {
        // SAFETY: as in `get`; an `Instance` admits one call at a time.
        unsafe { &mut *self.0 }
    }
}

impl Backend for Lent {
    fn info(&self) -> BackendInfo {
        self.get().info()
    }

    fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        self.get_mut().compile(graph)
    }

    fn release(&mut self, plan: Plan) {
        self.get_mut().release(plan);
    }

    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        self.get_mut().run(plan, mode, inputs, outputs)
    }

    fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        self.get_mut().backward(plan, output_gradients, wanted)
    }

    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
        self.get_mut().step(groups, clip)
    }

    fn gradient(&self, name: &str) -> Result<Option<Tensor>> {
        self.get().gradient(name)
    }

    fn contains(&self, name: &str) -> bool {
        self.get().contains(name)
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        self.get().read(name)
    }

    fn write(&mut self, name: &str, value: &Tensor) -> Result<()> {
        self.get_mut().write(name, value)
    }

    fn drop_value(&mut self, name: &str) {
        self.get_mut().drop_value(name);
    }

    fn snapshot(&self) -> Result<Snapshot> {
        self.get().snapshot()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.get_mut().restore(snapshot)
    }
}

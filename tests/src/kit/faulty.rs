//! An engine whose runs can be spoilt.

use std::sync::{Arc, Mutex};

use smash_core::Result;
use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Plan, Snapshot, StepGroup, StepReport,
};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;

/// Which runs are spoilt: those on examples whose mode and number (from 0, per mode) it says yes to.
pub type Faults = Arc<dyn Fn(Mode, u64) -> bool + Send + Sync>;

/// Plans that were compiled and not released.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plans {
    /// At this moment.
    pub now: usize,
    /// At any moment so far.
    pub most: usize,
}

/// An engine that reads not-a-number instead of the examples when `faults` says so.
pub struct Faulty {
    inner: Box<dyn Backend>,
    faults: Faults,
    runs: [u64; 3],
    live: Vec<Plan>,
    plans: Arc<Mutex<Plans>>,
}

impl Faulty {
    /// An engine that does what `inner` does but for the `faults`.
    pub fn new(inner: Box<dyn Backend>, faults: Faults) -> Self {
        Self { inner, faults, runs: [0; 3], live: Vec::new(), plans: Arc::default() }
    }

    /// Where the plans are counted.
    pub fn plans(&self) -> Arc<Mutex<Plans>> {
        Arc::clone(&self.plans)
    }

    fn count(&self) {
        let mut plans = self.plans.lock().unwrap();
        plans.now = self.live.len();
        plans.most = plans.most.max(plans.now);
    }
}

impl Backend for Faulty {
    fn info(&self) -> BackendInfo {
        self.inner.info()
    }

    fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        let plan = self.inner.compile(graph)?;
        if !self.live.contains(&plan) {
            self.live.push(plan);
        }
        self.count();
        Ok(plan)
    }

    fn release(&mut self, plan: Plan) {
        self.live.retain(|live| *live != plan);
        self.count();
        self.inner.release(plan);
    }

    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        let mut spoilt = None;
        if let Some((_, Feed::Host(x))) = inputs.iter().find(|(name, _)| *name == "x") {
            let number = &mut self.runs[mode as usize];
            if (self.faults)(mode, *number) {
                spoilt = Some(Tensor::full(x.shape(), f32::NAN));
            }
            *number += 1;
        }
        let mut inputs = inputs.to_vec();
        if let Some(x) = &spoilt {
            inputs.iter_mut().filter(|(name, _)| *name == "x").for_each(|(_, feed)| *feed = Feed::Host(x));
        }
        self.inner.run(plan, mode, &inputs, outputs)
    }

    fn backward(
        &mut self,
        plan: Plan,
        seeds: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        self.inner.backward(plan, seeds, wanted)
    }

    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
        self.inner.step(groups, clip)
    }

    fn gradient(&self, name: &str) -> Result<Option<Tensor>> {
        self.inner.gradient(name)
    }

    fn contains(&self, name: &str) -> bool {
        self.inner.contains(name)
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        self.inner.read(name)
    }

    fn write(&mut self, name: &str, value: &Tensor) -> Result<()> {
        self.inner.write(name, value)
    }

    fn drop_value(&mut self, name: &str) {
        self.inner.drop_value(name);
    }

    fn snapshot(&self) -> Result<Snapshot> {
        self.inner.snapshot()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.inner.restore(snapshot)
    }
}

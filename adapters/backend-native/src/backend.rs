//! The engine behind [`Backend`].

use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Plan, Snapshot, StepGroup, StepReport, check_name,
};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

use crate::engine::Engine;
use crate::kernel::{Isa, Tiling, peak};
use crate::snapshot::{restore, snapshot};
use crate::threads::Threads;
use crate::{optimizer, store};

/// The embedded engine: pure Rust on the CPU, with the same bytes at any number of threads.
///
/// A run in training mode keeps what [`Backend::backward`] reads, and one backward uses it up: a second one
/// needs another run.
///
/// ```
/// use smash_backend_native::NativeBackend;
/// use smash_core::backend::{Backend, Feed, Fetch, Mode};
/// use smash_core::graph::Builder;
/// use smash_core::tensor::Tensor;
/// let mut b = Builder::new();
/// let x = b.input("x", true, &[2]);
/// let y = b.relu(x)?;
/// let mut backend = NativeBackend::new("auto", 1)?;
/// let plan = backend.compile(&b.finish([("y", y)]))?;
/// let x = Tensor::new(vec![1, 2], vec![-1.0, 2.0]).unwrap_or_default();
/// let y = backend.run(plan, Mode::Eval, &[("x", Feed::Host(&x))], &[("y", Fetch::Host)])?;
/// assert_eq!(y[0].as_ref().map(|y| y.data()), Some(&[0.0, 2.0][..]));
/// # Ok::<(), smash_core::Error>(())
/// ```
#[derive(Debug)]
pub struct NativeBackend {
    threads: Threads,
    engine: Engine,
}

impl NativeBackend {
    /// An engine with kernels `"auto"`, `"avx512"`, `"avx2"` or `"portable"` and that many threads (0: one
    /// per core).
    ///
    /// # Errors
    /// When this CPU lacks the kernels, or threads cannot be started.
    pub fn new(kernels: &str, threads: usize) -> Result<Self> {
        Self::with_tiling(kernels, threads, Tiling::Auto)
    }

    /// As [`NativeBackend::new`], with convolutions computed in a given way.
    pub(crate) fn with_tiling(kernels: &str, threads: usize, tiling: Tiling) -> Result<Self> {
        let isa = if kernels == "auto" { Some(Isa::best()) } else { Isa::from_name(kernels) };
        let isa = isa.ok_or_else(|| {
            let here: Vec<&str> = Isa::available().map(Isa::name).collect();
            Error::backend(format!("kernels {kernels:?}: this CPU has \"auto\" or one of {here:?}"))
        })?;
        Ok(Self { threads: Threads::start(threads)?, engine: Engine::new(isa, tiling) })
    }

    /// The most GFLOP/s of multiply-adds from register to register that its kernels' instructions reach on
    /// its threads, measured now (half a second); a multiply-add is two operations. What kernels can be
    /// compared with. Not a number in a forked child, which has no threads.
    pub fn peak_gflops(&self) -> f64 {
        let isa = self.engine.primitives.isa();
        self.threads.install(|| peak(isa)).unwrap_or(f64::NAN)
    }

    /// Limits the bytes of tensors; `None`: as many as the machine has. Whoever would need more gets an
    /// error.
    pub fn limit_memory(&mut self, bytes: Option<u64>) {
        self.engine.pool.limit(bytes);
    }

    /// The most bytes that parameters, optimiser state, device values, kept activations and gradients took at
    /// once.
    pub fn peak_memory(&self) -> usize {
        self.engine.pool.peak()
    }
}

impl Backend for NativeBackend {
    fn info(&self) -> BackendInfo {
        BackendInfo {
            id: "native".into(),
            device: "cpu".into(),
            level: self.engine.primitives.isa().name().into(),
            threads: self.threads.count(),
        }
    }

    fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        self.engine.compile(graph)
    }

    fn release(&mut self, plan: Plan) {
        self.engine.release(plan);
    }

    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        let engine = &mut self.engine;
        self.threads.install(|| engine.run(plan, mode, inputs, outputs))?
    }

    fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        let engine = &mut self.engine;
        self.threads.install(|| engine.backward(plan, output_gradients, wanted))?
    }

    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
        let store = &mut self.engine.store;
        self.threads.install(|| optimizer::step(store, groups, clip))?
    }

    fn gradient(&self, name: &str) -> Result<Option<Tensor>> {
        let stored = self.engine.store.get(name)?;
        stored.gradient.as_ref().map(|gradient| store::tensor(&stored.shape, gradient)).transpose()
    }

    fn contains(&self, name: &str) -> bool {
        self.engine.store.get(name).is_ok()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let stored = self.engine.store.get(name)?;
        store::tensor(&stored.shape, &stored.value)
    }

    fn write(&mut self, name: &str, value: &Tensor) -> Result<()> {
        check_name(name)?;
        self.engine.store.write(name, value)
    }

    fn drop_value(&mut self, name: &str) {
        self.engine.drop_value(name);
    }

    fn snapshot(&self) -> Result<Snapshot> {
        snapshot(&self.engine.store)
    }

    fn restore(&mut self, state: &Snapshot) -> Result<()> {
        self.engine.store = restore(&self.engine.pool, state)?;
        self.engine.forget_runs();
        Ok(())
    }
}

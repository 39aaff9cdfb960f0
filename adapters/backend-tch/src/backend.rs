//! The libtorch engine as a [`Backend`].

use std::fmt;
use std::sync::OnceLock;

use smash_core::Result;
use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Plan, Snapshot, StepGroup, StepReport, check_name,
};
use smash_core::graph::Graph;
use smash_core::process::Process;
use smash_core::tensor::Tensor;
use tch::Device;

use crate::engine::Engine;
use crate::host_tensor::download;
use crate::snapshot::{restore, snapshot};
use crate::{TchConfig, cuda, device, libtorch, memory, optimizer, precision};

/// The process that first made an engine. libtorch keeps its threads for all engines of a process, and a
/// forked child has none of them.
static PROCESS: OnceLock<Process> = OnceLock::new();

/// Checks that libtorch's threads belong to this process.
fn has_threads() -> Result<()> {
    PROCESS
        .get_or_init(Process::current)
        .check("engine \"tch\", of which a process forked after its first use has none")
}

/// An engine over libtorch.
///
/// A run in training mode keeps the autograd graph that [`Backend::backward`] needs, and one backward uses it
/// up: a second one needs another run. Results are the same bytes for the same number of threads on one
/// machine, and on one GPU: its convolutions are the deterministic ones of cuDNN.
pub struct TchBackend {
    name: String,
    threads: usize,
    engine: Engine,
}

impl fmt::Debug for TchBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TchBackend").field("device", &self.name).field("threads", &self.threads).finish()
    }
}

impl TchBackend {
    /// An engine on the configured device with `threads` worker threads (0: one per core).
    ///
    /// # Errors
    /// When the loaded libtorch is another version, or lacks CUDA or the device.
    pub fn new(config: &TchConfig, threads: usize) -> Result<Self> {
        has_threads()?;
        let device = device::parse(&config.device)?;
        libtorch::check()?;
        if config.keep_memory {
            memory::keep();
        }
        if let Device::Cuda(index) = device {
            cuda::open(index)?;
            precision::set(config.tf32)?;
        }
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = if threads == 0 { cores() } else { threads };
        // libtorch would fail beyond this limit; no machine has as many cores.
        tch::set_num_threads(i32::try_from(threads.min(1 << 12)).unwrap_or(1));
        // On CUDA, libtorch 2.11 fails with "misaligned address" where a slice of a shared weight does not
        // start at a multiple of 16 bytes and the layout is channels last.
        let channels_last = config.channels_last && device == Device::Cpu;
        Ok(Self { name: config.device.clone(), threads, engine: Engine::new(device, channels_last) })
    }
}

impl Backend for TchBackend {
    fn info(&self) -> BackendInfo {
        BackendInfo {
            id: "tch".into(),
            device: self.name.clone(),
            level: format!("libtorch-{}", libtorch::name(libtorch::VERSION)),
            threads: self.threads,
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
        has_threads()?;
        self.engine.run(plan, mode, inputs, outputs)
    }

    fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        has_threads()?;
        self.engine.backward(plan, output_gradients, wanted)
    }

    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
        has_threads()?;
        tch::no_grad(|| optimizer::step(&mut self.engine.store, groups, clip))
    }

    fn gradient(&self, name: &str) -> Result<Option<Tensor>> {
        self.engine.store.get(name)?.gradient.as_ref().map(download).transpose()
    }

    fn contains(&self, name: &str) -> bool {
        self.engine.store.get(name).is_ok()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        download(&self.engine.store.get(name)?.value)
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
        self.engine.store = restore(self.engine.device, state)?;
        self.engine.forget_runs();
        Ok(())
    }
}

//! Engines that run graphs.

pub mod feeds;
mod plans;
mod snapshot;

pub use plans::Plans;
pub use snapshot::check_name;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::graph::Graph;
use crate::tensor::Tensor;

/// Handle of a compiled graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Plan(pub u64);

/// How a graph is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics in batch norm (running ones are updated, except by statistics that are not finite: such a
    /// step is going to be skipped), activations kept for [`Backend::backward`].
    Train,
    /// Running statistics in batch norm, nothing kept.
    Eval,
    /// Batch statistics in batch norm, and the running ones are *set* to them: what a candidate's score needs, so
    /// that it does not depend on what was evaluated before.
    Calibrate,
}

/// Where an input comes from.
#[derive(Clone, Copy, Debug)]
pub enum Feed<'a> {
    /// A host tensor; batched inputs carry the batch as their first extent.
    Host(&'a Tensor),
    /// A named value on the device.
    Device(&'a str),
}

/// Where an output or an input gradient goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch<'a> {
    /// To the host: the call returns it.
    Host,
    /// To a named value on the device, replacing what was there.
    Device(&'a str),
}

/// A requested input gradient.
#[derive(Clone, Debug, PartialEq)]
pub enum InputGradient {
    /// The input does not influence any seeded output: not the same as zero. A device value is removed.
    Absent,
    /// Returned to the host.
    Host(Tensor),
    /// Stored under the requested name.
    Device,
}

/// An optimiser with the settings of one step. Learning rates are per step: schedules live in the core.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Optimizer {
    /// Stochastic gradient descent: v ← momentum·v + (g + decay·p); p ← p − lr·(nesterov ? g + momentum·v : v).
    Sgd {
        /// Learning rate.
        lr: f64,
        /// Momentum.
        momentum: f64,
        /// Nesterov's form.
        nesterov: bool,
        /// L2 decay, added to the gradient.
        weight_decay: f64,
    },
    /// Adam: p ← p − lr/(1−β₁ᵗ) · m / (√(v/(1−β₂ᵗ)) + ε).
    Adam {
        /// Learning rate.
        lr: f64,
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
        /// Weight decay.
        weight_decay: f64,
        /// `false`: L2 decay of the whole tensor, added to the gradient (Adam). `true`: AdamW, p ← p − lr·decay·p,
        /// and only where the step had a gradient (elements of a shared tensor that no network of this step used
        /// do not decay).
        decoupled: bool,
    },
}

/// Parameters that are stepped alike. Parameters without a gradient since the last step are skipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepGroup {
    /// Names of stored parameters.
    pub parameters: Vec<String>,
    /// How to step them.
    pub optimizer: Optimizer,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Euclidean norm over all gradients of the groups, before clipping.
    pub gradient_norm: f64,
    /// False when a gradient was not finite: nothing was changed, the gradients were dropped.
    pub applied: bool,
}

/// All state of a backend: parameters, buffers and optimiser state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Tensors by name: parameters and buffers under their own names, optimiser state under
    /// `optimizer/<moment>/<parameter>`.
    pub tensors: BTreeMap<String, Tensor>,
    /// Step counts by parameter: how often each was stepped.
    pub counts: BTreeMap<String, u64>,
}

/// What an engine says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendInfo {
    /// Id, as in a job.
    pub id: String,
    /// What it runs on, in words (`"cpu"`, `"cuda:0"`).
    pub device: String,
    /// The kernel level that decides the bits of a result (`"avx512"`); recorded in checkpoints.
    pub level: String,
    /// Worker threads.
    pub threads: usize,
}

/// An engine: compiles and runs whole graphs, owns named parameters and named device values.
///
/// The trait is object-safe and handle-based because it is also the ABI's vtable: only graphs, tensors and names
/// cross it. It knows no search space and no SMASH. A HyperNet and the network it writes weights for are two plans
/// joined by a device value:
///
/// ```text
/// run(hyper, Train, [plane], W → Device("w"));  run(main, Train, [x, labels, W ← Device("w")], loss)
/// backward(main, loss = 1, dW → Device("dw"));  backward(hyper, W ← Device("dw"));  step(…)
/// ```
///
/// Initial values are never drawn by an engine: the caller writes every parameter of a graph before the first run,
/// so that all engines start from the same numbers.
pub trait Backend: Send {
    /// What this engine is.
    fn info(&self) -> BackendInfo;

    /// Compiles a graph; equal graphs give the same plan. Parameters need not exist yet.
    ///
    /// # Errors
    /// When the engine lacks an op or a spatial rank.
    fn compile(&mut self, graph: &Graph) -> Result<Plan>;

    /// Forgets a plan and what its last run kept.
    fn release(&mut self, plan: Plan);

    /// Runs a plan. Returns one entry per requested output: the tensor for [`Fetch::Host`], `None` for a device value.
    ///
    /// # Errors
    /// For an unknown plan, a missing input, a shape that does not fit, or a parameter that was never written.
    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>>;

    /// Propagates gradients of outputs back through the plan's last [`Mode::Train`] run: adds to the gradients of
    /// parameters, and returns the gradients of the wanted inputs. Several plans may accumulate before one step.
    ///
    /// # Errors
    /// When the plan has no kept run, or a name is unknown.
    fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>>;

    /// One optimiser step over the groups; clears all gradients. With `clip`, gradients are scaled so that their
    /// common norm is at most that.
    ///
    /// # Errors
    /// For an unknown parameter name.
    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport>;

    /// The gradient accumulated for a parameter since the last step, if there is any.
    ///
    /// # Errors
    /// For an unknown parameter name.
    fn gradient(&self, name: &str) -> Result<Option<Tensor>>;

    /// True if a parameter or buffer of that name was written.
    fn contains(&self, name: &str) -> bool;

    /// A stored parameter or buffer.
    ///
    /// # Errors
    /// For an unknown name.
    fn read(&self, name: &str) -> Result<Tensor>;

    /// Creates or overwrites a parameter or buffer (its optimiser state is kept if the shape is unchanged).
    ///
    /// # Errors
    /// When the device is out of memory.
    fn write(&mut self, name: &str, value: &Tensor) -> Result<()>;

    /// Drops a device value.
    fn drop_value(&mut self, name: &str);

    /// All state, to be restored later.
    ///
    /// # Errors
    /// When the device fails.
    fn snapshot(&self) -> Result<Snapshot>;

    /// Replaces all state; device values and kept runs are dropped, plans stay.
    ///
    /// # Errors
    /// When the device fails.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<()>;
}

//! The interface to engines (backends), which run graphs.

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

/// How a graph is run; the modes differ in batch norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Training: batch norm uses batch statistics and updates the running ones (except by statistics that are
    /// not finite: such a step is going to be skipped); activations are kept for [`Backend::backward`].
    Train,
    /// Evaluation: batch norm uses running statistics; no activations are kept.
    Eval,
    /// Batch-norm calibration: batch statistics are used, and the running ones are *set* to them, so that a
    /// candidate's score does not depend on what was evaluated before.
    Calibrate,
}

/// The source of an input.
#[derive(Clone, Copy, Debug)]
pub enum Feed<'a> {
    /// A host tensor; batched inputs carry the batch as their first extent.
    Host(&'a Tensor),
    /// A named value on the device.
    Device(&'a str),
}

/// The destination of an output or of an input gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch<'a> {
    /// To the host: the call returns it.
    Host,
    /// To a named value on the device, replacing what was there.
    Device(&'a str),
}

/// The gradient of the objective with respect to one input.
#[derive(Clone, Debug, PartialEq)]
pub enum InputGradient {
    /// The input influences no output that was given a gradient: not the same as zero. The device value is
    /// removed.
    Absent,
    /// Returned to the host.
    Host(Tensor),
    /// Stored under the requested name.
    Device,
}

/// An optimiser with the settings of one step. The learning rate is that of the step: schedules live in the
/// core.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Optimizer {
    /// Stochastic gradient descent: v ← momentum·v + (g + decay·p); p ← p − lr·(nesterov ? g + momentum·v :
    /// v).
    Sgd {
        /// Learning rate.
        lr: f64,
        /// Momentum.
        momentum: f64,
        /// Whether to use Nesterov momentum.
        nesterov: bool,
        /// L2 decay, added to the gradient.
        weight_decay: f64,
    },
    /// Adam: p ← p − lr/(1−β₁ᵗ) · m / (√(v/(1−β₂ᵗ)) + ε).
    Adam {
        /// Learning rate.
        lr: f64,
        /// Decay rate of the first moment.
        beta1: f64,
        /// Decay rate of the second moment.
        beta2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
        /// Weight decay; its form depends on `decoupled`.
        weight_decay: f64,
        /// `false`: L2 decay of the whole tensor, added to the gradient (Adam). `true`: AdamW, p ← p −
        /// lr·decay·p, and only where the step had a gradient (elements of a shared tensor that no network of
        /// this step used do not decay).
        decoupled: bool,
    },
}

/// A parameter group: parameters that share an optimiser. Parameters without a gradient since the last step
/// are skipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepGroup {
    /// Names of stored parameters.
    pub parameters: Vec<String>,
    /// The optimiser and its settings for this step.
    pub optimizer: Optimizer,
}

/// The outcome of an optimiser step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Euclidean norm over all gradients of the groups, before clipping.
    pub gradient_norm: f64,
    /// False when a gradient was not finite: nothing was updated, and the gradients were dropped.
    pub applied: bool,
}

/// All state of a backend: parameters, buffers and optimiser state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Tensors by name: parameters and buffers under their own names, optimiser state under
    /// `optimizer/<moment>/<parameter>`.
    pub tensors: BTreeMap<String, Tensor>,
    /// Optimiser steps that each parameter has had (t in Adam's bias correction).
    pub counts: BTreeMap<String, u64>,
}

/// What an engine may take of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Worker threads; 0: one per core.
    pub threads: usize,
    /// Upper limit on the bytes of tensors; `None`: as many as the machine has.
    pub memory: Option<u64>,
}

impl Resources {
    /// That many worker threads, and memory without a limit.
    pub const fn threads(threads: usize) -> Self {
        Self { threads, memory: None }
    }
}

/// An engine's description of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendInfo {
    /// Id of the engine in a job.
    pub id: String,
    /// The device, as a user would name it (`"cpu"`, `"cuda:0"`).
    pub device: String,
    /// The kernel level that decides the bits of a result (`"avx512"`); recorded in checkpoints.
    pub level: String,
    /// Worker threads.
    pub threads: usize,
}

/// An engine: compiles and runs whole graphs, owns named parameters and named device values.
///
/// The trait is object-safe and handle-based because it is also the ABI's vtable: only graphs, tensors and
/// names cross it. It knows no search space and no SMASH. A HyperNet and the network it writes weights for
/// are two plans joined by a device value:
///
/// ```text
/// run(hyper, Train, [plane], W → Device("w"));  run(main, Train, [x, labels, W ← Device("w")], loss)
/// backward(main, loss = 1, dW → Device("dw"));  backward(hyper, W ← Device("dw"));  step(…)
/// ```
///
/// Initial values are never drawn by an engine: the caller writes every parameter of a graph before the first
/// run, so that all engines start from the same numbers.
pub trait Backend: Send {
    /// The id, device and kernel level of this engine.
    fn info(&self) -> BackendInfo;

    /// Compiles a graph; equal graphs give the same plan. Parameters need not exist yet.
    ///
    /// # Errors
    /// When the engine lacks an op or a spatial rank.
    fn compile(&mut self, graph: &Graph) -> Result<Plan>;

    /// Drops a plan and the activations that its last run kept.
    fn release(&mut self, plan: Plan);

    /// Runs a plan. Returns one entry per requested output: the tensor for [`Fetch::Host`], `None` for a
    /// device value.
    ///
    /// # Errors
    /// For an unknown plan, a missing input, a shape that does not fit, or a parameter that was never
    /// written.
    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>>;

    /// Backpropagates output gradients through the plan's last [`Mode::Train`] run: accumulates parameter
    /// gradients, and returns the requested input gradients. Several plans may accumulate before one step.
    ///
    /// # Errors
    /// When the plan has no training run to go back through, or a name is unknown.
    fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>>;

    /// One optimiser step over the groups; clears all gradients. `clip` bounds the global gradient norm, over
    /// all groups, by scaling all gradients.
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

    /// All state, for a checkpoint.
    ///
    /// # Errors
    /// When the device fails.
    fn snapshot(&self) -> Result<Snapshot>;

    /// Restores a checkpoint: replaces all state and drops device values and kept activations; plans stay.
    ///
    /// # Errors
    /// When the device fails.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<()>;
}

//! Classifying with the retrained network of a run.

use std::path::Path;

use smash_core::architecture::ArchitectureFile;
use smash_core::backend::{Backend, Feed, Fetch, Mode, Plan, Snapshot};
use smash_core::space::Network;
use smash_core::task::Task;
use smash_core::tensor::Tensor;

use super::{RunFolder, weights};
use crate::{Error, Registry, Result, space_of};

/// A retrained network, ready to classify.
pub struct Predictor {
    backend: Box<dyn Backend>,
    plan: Plan,
    task: Task,
}

/// Loads the retrained network of a run.
///
/// # Errors
/// When the run is not finished.
pub fn predictor(run: &Path, registry: &Registry) -> Result<Predictor> {
    let job = RunFolder::read_job(run, registry)?;
    let path = run.join("model.safetensors");
    if !path.exists() {
        return Err(Error::run(run, "has no retrained model yet: resume it until it is finished"));
    }
    let (tensors, text) = weights::read(&path)?;
    let file: ArchitectureFile = serde_json::from_str(&text)
        .map_err(|e| Error::run(&path, format!("its metadata does not hold an architecture: {e}")))?;
    let (space, task) = space_of(registry, &file, None)?;
    let graph = space.build(&file.architecture, Network::Standalone)?;
    let logits =
        graph.output("logits").ok_or_else(|| Error::run(&path, "the network has no output \"logits\""))?;
    let graph = graph.extend().with_loss(logits)?.select(&["log_probs"])?;
    let mut backend = registry.backend(&job.backend, job.threads)?;
    backend.restore(&Snapshot { tensors, ..Snapshot::default() })?;
    let plan = backend.compile(&graph)?;
    Ok(Predictor { backend, plan, task })
}

impl Predictor {
    /// The shape of the problem.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Class probabilities `[n, classes]` of normalised examples `[n, channels, extents…]`.
    ///
    /// # Errors
    /// When the shape does not fit.
    pub fn predict(&mut self, x: &Tensor) -> Result<Tensor> {
        let outputs = self.backend.run(
            self.plan,
            Mode::Eval,
            &[("x", Feed::Host(x))],
            &[("log_probs", Fetch::Host)],
        )?;
        let missing = || smash_core::Error::backend("a run did not return the log_probs that were asked for");
        let mut probabilities = outputs.into_iter().flatten().next().ok_or_else(missing)?;
        probabilities.data_mut().iter_mut().for_each(|v| *v = v.exp());
        Ok(probabilities)
    }
}

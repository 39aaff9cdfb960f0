//! Inference with the retrained network of a run.

use std::path::Path;

use smash_core::backend::{Backend, Feed, Fetch, Mode, Plan, Snapshot};
use smash_core::task::Task;
use smash_core::tensor::Tensor;

use super::record::Record;
use super::{RunFolder, names};
use crate::{Error, ModelCard, Registry, Result, StoredModel};

/// A retrained network, ready for inference.
pub struct Predictor {
    backend: Box<dyn Backend>,
    plan: Plan,
    task: Task,
    card: Option<ModelCard>,
}

/// Loads the retrained network of a run.
///
/// # Errors
/// When the run is not finished, or its files were damaged.
pub fn predictor(run: &Path, registry: &Registry) -> Result<Predictor> {
    let job = RunFolder::read_job(run, registry)?;
    Predictor::new(registry, model(run)?, registry.backend(&job.backend, job.threads)?)
}

/// Reads the retrained network of a run.
///
/// # Errors
/// When the run is not finished, or its files were damaged.
pub fn model(run: &Path) -> Result<StoredModel> {
    let record = Record::read(run)?;
    let path = run.join(names::MODEL);
    if !path.exists() || !record.may_be_finished() {
        return Err(Error::run(run, "has no retrained model yet: resume it until it is finished"));
    }
    StoredModel::decode(&path, &record.file(&path)?)
}

impl Predictor {
    /// A model on an engine of its own.
    ///
    /// # Errors
    /// When the model lacks its settings or task, or the weights do not fit.
    pub fn new(registry: &Registry, model: StoredModel, mut backend: Box<dyn Backend>) -> Result<Self> {
        let (graph, task) = model.network(registry)?;
        let logits = graph
            .output("logits")
            .ok_or_else(|| smash_core::Error::graph("the network has no output \"logits\""))?;
        let graph = graph.extend().with_loss(logits)?.select(&["log_probs"])?;
        backend.restore(&Snapshot { tensors: model.tensors, ..Snapshot::default() })?;
        let plan = backend.compile(&graph)?;
        Ok(Self { backend, plan, task, card: model.file.card })
    }

    /// What the model knows beside its weights; `None` for one of an earlier version.
    pub fn card(&self) -> Option<&ModelCard> {
        self.card.as_ref()
    }

    /// The task: the shape of the examples and the number of classes.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Class probabilities `[n, classes]` of normalised examples `[n, channels, extents…]`.
    ///
    /// # Errors
    /// When the shape does not fit, or the network computes NaN.
    pub fn predict(&mut self, x: &Tensor) -> Result<Tensor> {
        let mut probabilities = self.log_probs(x)?;
        probabilities.data_mut().iter_mut().for_each(|v| *v = v.exp());
        Ok(probabilities)
    }

    /// Class probabilities `[n, classes]` of examples of which there are several views: `read` gives view
    /// after view of all of them, normalised, `[n, channels, extents…]`. As in a test, log-probabilities are
    /// averaged over the views; one view gives what [`predict`](Self::predict) does.
    ///
    /// # Errors
    /// Those of `read`, and when a shape does not fit.
    pub fn predict_views(
        &mut self,
        views: usize,
        mut read: impl FnMut(usize) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let first = read(0)?;
        if views <= 1 {
            return self.predict(&first);
        }
        let mut sum = Tensor::zeros(&[first.shape().first().copied().unwrap_or(0), self.task.classes]);
        sum.add(&self.log_probs(&first)?);
        drop(first);
        for view in 1..views {
            sum.add(&self.log_probs(&read(view)?)?);
        }
        for row in sum.data_mut().chunks_exact_mut(self.task.classes) {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            row.iter_mut().for_each(|v| *v = ((*v - largest) / views as f32).exp());
            let total: f32 = row.iter().sum();
            row.iter_mut().for_each(|v| *v /= total);
        }
        Ok(sum)
    }

    fn log_probs(&mut self, x: &Tensor) -> Result<Tensor> {
        let (inputs, outputs) = ([("x", Feed::Host(x))], [("log_probs", Fetch::Host)]);
        let outputs = self.backend.run(self.plan, Mode::Eval, &inputs, &outputs)?;
        let missing = || smash_core::Error::backend("a run did not return the log_probs that were asked for");
        let log_probs = outputs.into_iter().flatten().next().ok_or_else(missing)?;
        match log_probs.data().iter().position(|value| value.is_nan()) {
            None => Ok(log_probs),
            Some(at) => Err(Error::Core(smash_core::Error::Data(format!(
                "example {} of those that were given (counted from 0): the network computes NaN for it: its values are \
                 too large, or the weights of the model are damaged",
                at / self.task.classes.max(1)
            )))),
        }
    }
}

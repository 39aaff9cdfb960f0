//! Strategies: a proposer, which chooses candidates, paired with an estimator, which scores them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::architecture::Architecture;
use crate::backend::Backend;
use crate::dataset::Data;
use crate::error::Result;
use crate::random::Seed;
use crate::space::SearchSpace;

/// A proposer and an estimator, as one entry of a job.
pub struct Strategy {
    /// Chooses the next candidates.
    pub proposer: Box<dyn Proposer>,
    /// Scores the candidates.
    pub estimator: Box<dyn Estimator>,
}

/// An architecture to be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The architecture.
    pub architecture: Architecture,
    /// Phase of the search that proposed it (`"random"`, `"chain"`, `"crossover"`, …).
    pub phase: String,
}

/// A proposer's answer to [`ask`](Proposer::ask).
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// A candidate to evaluate.
    Proposal(Box<Proposal>),
    /// No candidate until a pending one has been told.
    Wait,
    /// The search is finished.
    Done,
}

/// The search algorithm (ask and tell): chooses which architectures to evaluate. It never sees a tensor.
///
/// Lower scores are better everywhere.
pub trait Proposer: Send {
    /// The next candidate. `seed` is this proposal's own.
    ///
    /// # Errors
    /// When the space cannot sample or change an architecture.
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next>;

    /// Tells the value of a candidate: one per objective, of which the first ranks; `None` when its
    /// evaluation failed.
    ///
    /// # Errors
    /// When the values do not fit the proposer.
    fn tell(&mut self, proposal: &Proposal, values: Option<&[f64]>) -> Result<()>;

    /// How many candidates it will propose in all, when that is known.
    fn total(&self) -> Option<u64> {
        None
    }

    /// The state of the search as plain data, for a checkpoint.
    ///
    /// # Errors
    /// When the proposer of a plugin fails.
    fn save(&self) -> Result<Value>;

    /// Restores the state that [`save`](Self::save) returned.
    ///
    /// # Errors
    /// When the state is not one of this proposer.
    fn load(&mut self, state: &Value) -> Result<()>;
}

/// The context of an estimator's calls; owned by the session.
pub struct EstimatorContext<'a> {
    /// The space whose architectures are trained on and scored.
    pub space: &'a dyn SearchSpace,
    /// The examples, with their train/validation/test split.
    pub data: &'a Data,
    /// The engine that trains and scores.
    pub backend: &'a mut dyn Backend,
    /// The job's seed.
    pub seed: Seed,
}

/// The outcome of one training step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainStep {
    /// Mean training loss of the step.
    pub loss: f64,
    /// Training error (fraction) of the step.
    pub error: f64,
    /// False when the loss or a gradient was not finite: the step was skipped.
    pub applied: bool,
}

/// The score of a candidate on the validation split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean validation cross-entropy; candidates are ranked by it.
    pub loss: f64,
    /// Validation error (fraction).
    pub error: f64,
}

impl Score {
    /// True if the score can be ranked; others rank last.
    pub fn is_finite(&self) -> bool {
        self.loss.is_finite()
    }
}

/// The performance estimator: scores candidates without training each from scratch. It decides nothing.
pub trait Estimator: Send {
    /// Training steps before the first score; 0 for an estimator that needs no training.
    fn steps(&self, data: &Data) -> u64;

    /// Makes training step number `step`, counted from 0.
    ///
    /// # Errors
    /// When the engine fails.
    fn step(&mut self, context: &mut EstimatorContext<'_>, step: u64) -> Result<TrainStep>;

    /// Scores architectures on the validation split. A score depends on the architecture and the trained
    /// weights only, never on the order of evaluation.
    ///
    /// # Errors
    /// When the engine fails or an architecture is not valid.
    fn score(
        &mut self,
        context: &mut EstimatorContext<'_>,
        architectures: &[Architecture],
    ) -> Result<Vec<Score>>;

    /// False when the host evaluates the candidates: then [`score`](Self::score) fails, and the session waits
    /// for `tell`.
    fn evaluates_itself(&self) -> bool {
        true
    }

    /// State beyond the engine's tensors, as plain data, for a checkpoint.
    fn save(&self) -> Value {
        Value::Null
    }

    /// Restores the state that [`save`](Self::save) returned.
    ///
    /// # Errors
    /// When the state is not one of this estimator.
    fn load(&mut self, _state: &Value) -> Result<()> {
        Ok(())
    }
}

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

/// What is known of a candidate that was evaluated. Lower values are better everywhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// One per objective, the ranking criterion first; empty when the evaluation failed.
    pub values: Vec<f64>,
    /// Validation error (fraction).
    pub error: Option<f64>,
    /// Parameters of the stand-alone network, where they were counted.
    pub params: Option<u64>,
    /// Multiply-accumulates of the stand-alone network for one example, where they were counted.
    pub macs: Option<u64>,
    /// Seconds of inference for one example, where somebody measured it.
    pub latency: Option<f64>,
}

impl Outcome {
    /// The outcome of an evaluation that gave these values; one that is not finite is a failure.
    pub fn of(values: impl Into<Vec<f64>>) -> Self {
        let values = values.into();
        let finite = values.iter().all(|value| value.is_finite());
        Self { values: if finite { values } else { Vec::new() }, ..Self::default() }
    }

    /// The ranking criterion; `None` when the evaluation failed.
    pub fn loss(&self) -> Option<f64> {
        self.values.first().copied()
    }
}

impl From<Option<Vec<f64>>> for Outcome {
    /// `None`: the evaluation failed.
    fn from(values: Option<Vec<f64>>) -> Self {
        Self::of(values.unwrap_or_default())
    }
}

/// A completed trial, as a proposer ranks it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Number of the trial in its session.
    pub trial_id: u64,
    /// Phase of the search that proposed the candidate.
    pub phase: String,
    /// What is known of it.
    #[serde(flatten)]
    pub outcome: Outcome,
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

    /// Tells the outcome of a candidate.
    ///
    /// # Errors
    /// When the values do not fit the proposer.
    fn tell(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()>;

    /// Tells the outcome of an architecture that it did not propose, and that somebody evaluated elsewhere.
    /// Without this function it is ranked with the others, and no more.
    ///
    /// # Errors
    /// When the values do not fit the proposer.
    fn add(&mut self, _proposal: &Proposal, _outcome: &Outcome) -> Result<()> {
        Ok(())
    }

    /// The trials in an order of its own, best first, by their numbers; those that it leaves out come after
    /// them. `None`: by the first value.
    ///
    /// # Errors
    /// When it cannot rank them.
    fn rank(&self, _trials: &[Trial]) -> Result<Option<Vec<u64>>> {
        Ok(None)
    }

    /// Whether it ranks trials, or looks at the parameters and multiply-accumulates of an [`Outcome`]:
    /// counting them costs more than the rest of a `tell`.
    fn looks_at_counts(&self) -> bool {
        false
    }

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
    ///
    /// # Errors
    /// When the estimator of a plugin fails.
    fn save(&self) -> Result<Value> {
        Ok(Value::Null)
    }

    /// Restores the state that [`save`](Self::save) returned.
    ///
    /// # Errors
    /// When the state is not one of this estimator.
    fn load(&mut self, _state: &Value) -> Result<()> {
        Ok(())
    }
}

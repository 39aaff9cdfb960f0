//! Strategies: what to look at next, paired with what it is worth.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::architecture::Architecture;
use crate::backend::Backend;
use crate::dataset::Data;
use crate::error::Result;
use crate::random::Seed;
use crate::space::SearchSpace;

/// A named pair of a proposer and an estimator, as one entry of the job.
pub struct Strategy {
    /// What to look at next.
    pub proposer: Box<dyn Proposer>,
    /// What it is worth.
    pub estimator: Box<dyn Estimator>,
}

/// An architecture to be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The architecture.
    pub architecture: Architecture,
    /// Which phase of the proposer it belongs to (`"random"`, `"chain"`, `"crossover"`, …).
    pub phase: String,
}

/// A proposer's answer to "what next".
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// This one.
    Proposal(Box<Proposal>),
    /// Nothing before open proposals have been told.
    Wait,
    /// Nothing more.
    Done,
}

/// Decides what to look at next. Never sees a tensor.
///
/// Lower scores are better everywhere.
pub trait Proposer: Send {
    /// The next architecture. `seed` is this proposal's own.
    ///
    /// # Errors
    /// When the space has none.
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next>;

    /// What a proposal turned out to be worth: one value per objective, the first ranks; `None` when its evaluation
    /// failed.
    ///
    /// # Errors
    /// When the proposer cannot use it.
    fn tell(&mut self, proposal: &Proposal, values: Option<&[f64]>) -> Result<()>;

    /// How many proposals there will be, when that is known.
    fn total(&self) -> Option<u64> {
        None
    }

    /// State as plain data.
    ///
    /// # Errors
    /// When a component of a plugin fails.
    fn save(&self) -> Result<Value>;

    /// Restores what [`save`](Self::save) gave.
    ///
    /// # Errors
    /// When the state does not fit.
    fn load(&mut self, state: &Value) -> Result<()>;
}

/// Everything an estimator works with; owned by the session.
pub struct EstimatorContext<'a> {
    /// The space whose architectures are trained on and scored.
    pub space: &'a dyn SearchSpace,
    /// The examples.
    pub data: &'a Data,
    /// The engine.
    pub backend: &'a mut dyn Backend,
    /// The job's seed.
    pub seed: Seed,
}

/// What one training step of an estimator did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainStep {
    /// Mean training loss of the step.
    pub loss: f64,
    /// Training error (fraction) of the step.
    pub error: f64,
    /// False when a loss or gradient was not finite and nothing was changed.
    pub applied: bool,
}

/// What an architecture was found to be worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean validation cross-entropy; candidates are ranked by it.
    pub loss: f64,
    /// Validation error (fraction).
    pub error: f64,
}

impl Score {
    /// True if the score can be ranked; others come last.
    pub fn is_finite(&self) -> bool {
        self.loss.is_finite()
    }
}

/// Says what an architecture is worth. Decides nothing.
pub trait Estimator: Send {
    /// Training steps before scores mean something; 0 for an estimator that needs no training.
    fn steps(&self, data: &Data) -> u64;

    /// Trains a little: step number `step`, counted from 0.
    ///
    /// # Errors
    /// When the engine fails.
    fn step(&mut self, context: &mut EstimatorContext<'_>, step: u64) -> Result<TrainStep>;

    /// Scores architectures on the validation part. A score depends on the architecture and the trained state only,
    /// never on what was scored before.
    ///
    /// # Errors
    /// When the engine fails or an architecture is not valid.
    fn score(
        &mut self,
        context: &mut EstimatorContext<'_>,
        architectures: &[Architecture],
    ) -> Result<Vec<Score>>;

    /// False when the host evaluates: then [`score`](Self::score) fails, and a session waits to be told.
    fn evaluates_itself(&self) -> bool {
        true
    }

    /// State beyond the engine's, as plain data.
    fn save(&self) -> Value {
        Value::Null
    }

    /// Restores what [`save`](Self::save) gave.
    ///
    /// # Errors
    /// When the state does not fit.
    fn load(&mut self, _state: &Value) -> Result<()> {
        Ok(())
    }
}

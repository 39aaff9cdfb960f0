//! Checkpoint and resume.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::State;
use super::{Parts, Phase, Record, Session, Settings, rank};
use crate::architecture::Architecture;
use crate::backend::{BackendInfo, Snapshot};
use crate::error::{Error, Result};
use crate::train::Training;

/// The state of a session as plain data, without the engine's tensors ([`Session::weights`]). The `weights`
/// of two checkpoints are equal where those tensors did not change between them, so that a host writes them
/// only when it must.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Format of what is saved; `version` in files of the first one.
    #[serde(alias = "version")]
    pub format: u32,
    /// Version of the weights that belong to this state.
    pub weights: u64,
    /// The engine that computed the state.
    pub backend: BackendInfo,
    state: State,
    proposer: Value,
    estimator: Value,
}

impl Checkpoint {
    /// The format that this version of the crate reads and writes.
    pub const FORMAT: u32 = 2;
    /// The first format that this version reads. What is saved is the same in both; a host writes the second
    /// with checksums.
    const FIRST: u32 = 1;

    /// The phase the session was saved in.
    pub fn phase(&self) -> Phase {
        self.state.phase
    }

    /// Whether nothing had been done yet.
    pub fn is_at_the_beginning(&self) -> bool {
        self.state.phase == Phase::Training && self.state.step == 0
            || self.state.phase == Phase::Retraining && self.state.step == 0 && self.state.records.is_empty()
    }

    /// The architecture chosen by the search.
    pub fn chosen(&self) -> Option<&Architecture> {
        self.state.chosen.as_ref()
    }

    /// All completed trials, best first; `None` where some still lack their counts.
    pub fn ranking(&self) -> Option<Vec<Record>> {
        self.state.uncounted.is_empty().then(|| rank(self.state.records.clone(), &self.state.order))
    }

    /// Whether a search is over.
    pub fn is_searched(&self) -> bool {
        matches!(self.state.phase, Phase::Retraining | Phase::Done) && !self.state.records.is_empty()
    }

    /// Checks that the numbers of the state are ones that a session can have.
    ///
    /// # Errors
    /// With the first that is not.
    pub fn check(&self) -> Result<()> {
        if !(Self::FIRST..=Self::FORMAT).contains(&self.format) {
            return Err(Error::checkpoint(format!(
                "expected format {} or older, found {}: resume with the version of smash that wrote it",
                Self::FORMAT,
                self.format
            )));
        }
        if self.weights != self.state.weights {
            return Err(Error::checkpoint(format!(
                "expected one version of the weights, found {} and {}: it was changed",
                self.weights, self.state.weights
            )));
        }
        self.state.check()
    }
}

impl Session {
    /// The state of the session as plain data.
    ///
    /// # Errors
    /// When the proposer cannot be saved.
    pub fn save(&self) -> Result<Checkpoint> {
        Ok(Checkpoint {
            format: Checkpoint::FORMAT,
            weights: self.state.weights,
            backend: self.backend.info(),
            state: self.state.clone(),
            proposer: self.strategy.proposer.save()?,
            estimator: self.strategy.estimator.save()?,
        })
    }

    /// The engine's tensors; they belong to a [`save`](Self::save) made with no step in between.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn weights(&self) -> Result<Snapshot> {
        self.backend.snapshot()
    }

    /// Resumes a session from the same parts and settings, a checkpoint and its weights. It continues exactly
    /// as if it had never stopped.
    ///
    /// # Errors
    /// When the checkpoint has another format, holds numbers that no session has, or was made by another
    /// engine or kernel level.
    pub fn load(
        parts: Parts,
        settings: Settings,
        checkpoint: &Checkpoint,
        weights: &Snapshot,
    ) -> Result<Self> {
        checkpoint.check()?;
        let mut session = Self::new(parts, settings)?;
        let (then, now) = (&checkpoint.backend, session.backend.info());
        if (&then.id, &then.level) != (&now.id, &now.level) {
            return Err(Error::checkpoint(format!(
                "it was made by the engine {} at level {}, this one is {} at level {}: the results would differ; \
                 choose that engine and level in /backend",
                then.id, then.level, now.id, now.level
            )));
        }
        session.backend.restore(weights)?;
        session.strategy.proposer.load(&checkpoint.proposer)?;
        session.strategy.estimator.load(&checkpoint.estimator)?;
        session.state = checkpoint.state.clone();
        session.check_step()?;
        // The constraints may be looser now: the same ones end the search at the same draw again.
        session.state.exhausted = None;
        Ok(session)
    }

    /// Begins the search again, with the estimator of a checkpoint whose weights are `weights`, for settings
    /// under which it finds more.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn search_again(
        parts: Parts,
        settings: Settings,
        checkpoint: &Checkpoint,
        weights: &Snapshot,
    ) -> Result<Self> {
        checkpoint.check()?;
        let mut checkpoint = checkpoint.clone();
        checkpoint.state = checkpoint.state.before_search();
        checkpoint.weights = checkpoint.state.weights;
        checkpoint.proposer = parts.strategy.proposer.save()?;
        Self::load(parts, settings, &checkpoint, weights)
    }

    /// Checks that the phase has as many steps as were done.
    fn check_step(&self) -> Result<()> {
        let steps = match self.state.phase {
            Phase::Training => self.strategy.estimator.steps(&self.data),
            Phase::Retraining => Training::steps_of(&self.data, &self.settings.retrain),
            Phase::Searching | Phase::Done => 0,
        };
        if self.state.step > steps {
            return Err(Error::checkpoint(format!(
                "expected at most {steps} steps of {}, found {}: it was changed, or belongs to other data",
                self.state.phase, self.state.step
            )));
        }
        Ok(())
    }
}

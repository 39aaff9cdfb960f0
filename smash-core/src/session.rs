//! The session: a state machine that trains the estimator, searches (ask, score, tell) and retrains the best
//! candidate. It can be stepped, run, asked, told, saved and resumed.

mod checkpoint;
mod driver;
mod event;
mod record;
mod report;
mod results;
mod search;
mod settings;
mod state;
mod training;

pub use checkpoint::Checkpoint;
pub use driver::{Between, End, drive};
pub use event::{Event, Sink};
pub use record::{Candidate, Record, rank};
pub use report::Decision;
pub use settings::{Budget, Parts, Settings};
pub use state::{Phase, Seconds};

use std::sync::Arc;
use std::time::Instant;

use crate::architecture::Architecture;
use crate::backend::{Backend, BackendInfo};
use crate::dataset::Data;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::random::Seed;
use crate::space::{SearchSpace, WeightScheme};
use crate::strategy::{Score, Strategy};
use crate::train::Training;
use state::State;

/// A job in progress.
pub struct Session {
    space: Arc<dyn SearchSpace>,
    strategy: Strategy,
    data: Data,
    backend: Box<dyn Backend>,
    settings: Settings,
    state: State,
    /// The retraining in progress; rebuilt after a resume from the state and the engine's tensors.
    training: Option<Training>,
    validates: bool,
}

impl Session {
    /// A session before its first step.
    ///
    /// # Errors
    /// When the constraints contradict each other.
    pub fn new(parts: Parts, settings: Settings) -> Result<Self> {
        settings.constraints.check().map_err(|problem| Error::Invalid(problem.under("/constraints")))?;
        let Parts { space, strategy, data, backend } = parts;
        Ok(Self {
            space: space.into(),
            strategy,
            data,
            backend,
            settings,
            state: State::default(),
            training: None,
            validates: false,
        })
    }

    /// A session that skips the search: it trains one given architecture with its own weights.
    ///
    /// # Errors
    /// When the architecture is not valid in the space.
    pub fn train_only(parts: Parts, settings: Settings, architecture: Architecture) -> Result<Self> {
        let mut session = Self::new(parts, settings)?;
        session.space.validate(&architecture)?;
        session.state.phase = Phase::Retraining;
        session.state.chosen = Some(architecture);
        Ok(session)
    }

    /// Evaluates the network on the validation split after each epoch of its training, and at the end, unless
    /// it is trained on that split too: whoever compares networks has no need of the test split.
    #[must_use]
    pub fn validating(mut self) -> Self {
        self.validates = !self.settings.retrain.use_validation && !self.data.splits().valid.is_empty();
        self
    }

    /// The phase that the next step belongs to.
    pub fn phase(&self) -> Phase {
        self.state.phase
    }

    /// Steps done in this phase and, when known, all its steps.
    pub fn progress(&self) -> (u64, Option<u64>) {
        match self.state.phase {
            Phase::Training => (self.state.step, Some(self.strategy.estimator.steps(&self.data))),
            Phase::Searching => (self.told(), self.strategy.proposer.total()),
            Phase::Retraining => (self.state.step, self.training.as_ref().map(Training::steps)),
            Phase::Done => (0, Some(0)),
        }
    }

    /// Does one unit of work: a training step, one trial of the search, or a retraining step. Its events go
    /// to `sink`.
    ///
    /// # Errors
    /// When a component fails, or training diverged; the session can be resumed from its last checkpoint.
    pub fn step(&mut self, sink: &mut dyn Sink) -> Result<Phase> {
        let phase = self.state.phase;
        let (clock, waited) = (Instant::now(), self.data.loading_time());
        let result = match phase {
            Phase::Training => self.train_step(sink),
            Phase::Searching => self.search_step(sink),
            Phase::Retraining => self.retrain_step(sink),
            Phase::Done => Ok(()),
        };
        self.state.seconds.add(phase, clock.elapsed().as_secs_f64());
        self.state.seconds.waiting += self.data.loading_time().saturating_sub(waited).as_secs_f64();
        result.map(|()| self.state.phase)
    }

    fn seed(&self) -> Seed {
        Seed::new(self.settings.seed)
    }

    /// The stand-alone network of the chosen architecture.
    ///
    /// # Errors
    /// When no architecture is chosen yet.
    pub fn model_graph(&self) -> Result<Graph> {
        let chosen = self.state.chosen.as_ref();
        let architecture = chosen.ok_or_else(|| Error::State("no architecture is chosen yet".into()))?;
        self.space.build(architecture, WeightScheme::Standalone)
    }

    /// The architecture chosen by the search, which is or was retrained.
    pub fn chosen(&self) -> Option<&Architecture> {
        self.state.chosen.as_ref()
    }

    /// Loss and error on the validation split, once a session that [validates](Self::validating) is done.
    pub fn valid_score(&self) -> Option<Score> {
        self.state.valid
    }

    /// Loss and error on the test split, once the session is done.
    pub fn test_score(&self) -> Option<Score> {
        self.state.test
    }

    /// Wall-clock time of each phase, over all resumes.
    pub fn seconds(&self) -> Seconds {
        self.state.seconds
    }

    /// Training steps that were skipped because the loss or a gradient was not finite.
    pub fn skipped_steps(&self) -> u64 {
        self.state.skipped
    }

    /// The engine.
    pub fn backend(&mut self) -> &mut dyn Backend {
        &mut *self.backend
    }

    /// The engine's description.
    pub fn backend_info(&self) -> BackendInfo {
        self.backend.info()
    }

    /// The examples.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The space.
    pub fn space(&self) -> &dyn SearchSpace {
        &*self.space
    }

    /// The space, for somebody who uses it beside the session.
    pub fn shared_space(&self) -> Arc<dyn SearchSpace> {
        Arc::clone(&self.space)
    }
}

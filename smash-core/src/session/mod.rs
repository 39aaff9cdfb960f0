//! The loop: trains the estimator, asks, scores, tells, retrains the best. One state machine that can be stepped, run,
//! asked, told, saved and resumed.

mod checkpoint;
mod event;
mod record;
mod settings;
mod state;

pub use checkpoint::Checkpoint;
pub use event::{Event, Observer};
pub use record::{Candidate, Record, rank};
pub use settings::{Budget, Parts, Settings};
pub use state::{Phase, Seconds};

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::architecture::Architecture;
use crate::backend::{Backend, Snapshot};
use crate::constraint::Constrained;
use crate::dataset::{Data, Part};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::random::Seed;
use crate::space::{Network, SearchSpace};
use crate::strategy::{Lab, Next, Score, Strategy, TrainStep};
use crate::train::Training;
use state::State;

/// Non-finite steps in a row after which a run stops.
const MAX_BAD_STEPS: u32 = 10;

/// Why [`Session::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Everything is done.
    Finished,
    /// The host asked to stop; the session can go on or be saved.
    Cancelled,
}

/// A job in progress.
pub struct Session {
    space: Box<dyn SearchSpace>,
    strategy: Strategy,
    data: Data,
    backend: Box<dyn Backend>,
    settings: Settings,
    state: State,
    /// The retraining in progress; rebuilt from the state when resumed.
    training: Option<Training>,
    observers: Vec<Box<dyn Observer>>,
}

impl Session {
    /// A session that has not begun.
    ///
    /// # Errors
    /// When the constraints contradict each other.
    pub fn new(parts: Parts, settings: Settings) -> Result<Self> {
        settings.constraints.check().map_err(|problem| Error::Invalid(problem.under("/constraints")))?;
        let Parts { space, strategy, data, backend } = parts;
        let observers = Vec::new();
        Ok(Self {
            space,
            strategy,
            data,
            backend,
            settings,
            state: State::default(),
            training: None,
            observers,
        })
    }

    /// A session that only trains one given architecture with its own weights.
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

    /// Adds an observer; it sees events from now on.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observers.push(observer);
    }

    fn emit(&mut self, event: &Event) {
        self.observers.iter_mut().for_each(|observer| observer.event(event));
    }

    /// The phase that the next step belongs to.
    pub fn phase(&self) -> Phase {
        self.state.phase
    }

    /// Steps done in this phase and, when known, steps in all.
    pub fn progress(&self) -> (u64, Option<u64>) {
        match self.state.phase {
            Phase::Training => (self.state.step, Some(self.strategy.estimator.steps(&self.data))),
            Phase::Searching => (self.state.records.len() as u64, self.strategy.proposer.total()),
            Phase::Retraining => (self.state.step, self.training.as_ref().map(Training::steps)),
            Phase::Done => (0, Some(0)),
        }
    }

    /// Does one unit of work: a training step, a candidate, or a retraining step.
    ///
    /// # Errors
    /// When a component fails, or training diverged. The session stays as it was before the step.
    pub fn step(&mut self) -> Result<Phase> {
        let phase = self.state.phase;
        let clock = Instant::now();
        let result = match phase {
            Phase::Training => self.train_step(),
            Phase::Searching => self.search_step(),
            Phase::Retraining => self.retrain_step(),
            Phase::Done => Ok(()),
        };
        self.state.seconds.add(phase, clock.elapsed().as_secs_f64());
        result.map(|()| self.state.phase)
    }

    /// Steps until everything is done or `cancel` is set.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn run(&mut self, cancel: &AtomicBool) -> Result<StopReason> {
        while self.state.phase != Phase::Done {
            if cancel.load(Ordering::Relaxed) {
                return Ok(StopReason::Cancelled);
            }
            self.step()?;
        }
        Ok(StopReason::Finished)
    }

    fn seed(&self) -> Seed {
        Seed::new(self.settings.seed)
    }

    fn train_step(&mut self) -> Result<()> {
        let steps = self.strategy.estimator.steps(&self.data);
        if self.state.step == 0 {
            self.emit(&Event::Phase { phase: Phase::Training, steps: Some(steps) });
        }
        let spent = self.settings.budget.training_seconds.is_some_and(|s| self.state.seconds.hypernet >= s);
        if self.state.step >= steps || spent {
            if self.state.step < steps {
                self.emit(&Event::Budget { phase: Phase::Training, step: self.state.step });
            }
            let total = self.strategy.proposer.total();
            self.state.enter(Phase::Searching);
            self.emit(&Event::Phase { phase: Phase::Searching, steps: total });
            return Ok(());
        }
        let seed = self.seed();
        let space = Constrained::new(&*self.space, self.settings.constraints.upper());
        let mut lab = Lab { space: &space, data: &self.data, backend: &mut *self.backend, seed };
        let done = self.strategy.estimator.step(&mut lab, self.state.step)?;
        self.stepped(&done, steps)
    }

    /// Counts a training step, and steps that were skipped because something was not finite.
    fn stepped(&mut self, done: &TrainStep, steps: u64) -> Result<()> {
        let (phase, step) = (self.state.phase, self.state.step);
        self.state.step += 1;
        self.state.weights += 1;
        if done.applied {
            self.state.bad_steps = 0;
        } else {
            self.state.bad_steps += 1;
            self.state.skipped += 1;
        }
        let event =
            Event::Step { phase, step, steps, loss: done.loss, error: done.error, applied: done.applied };
        self.emit(&event);
        if self.state.bad_steps >= MAX_BAD_STEPS {
            return Err(Error::Diverged(format!(
                "the loss or a gradient was not finite for {MAX_BAD_STEPS} steps in a row, up to step {step} of \
                 {steps}; the weights are those of the last good step: lower the learning rate"
            )));
        }
        Ok(())
    }

    fn search_step(&mut self) -> Result<()> {
        let spent = self.settings.budget.search_seconds.is_some_and(|s| self.state.seconds.search >= s);
        let asked = if spent { Vec::new() } else { self.ask(1)? };
        let Some(candidate) = asked.into_iter().next() else {
            if !spent && let Some(id) = self.state.pending.keys().next() {
                return Err(Error::State(format!("candidate {id} was asked for and is still to be told")));
            }
            if spent {
                self.emit(&Event::Budget { phase: Phase::Searching, step: self.state.records.len() as u64 });
            }
            return self.choose();
        };
        let score = self.score(std::slice::from_ref(&candidate.proposal.architecture))?.first().copied();
        let failed = Error::State("the estimator returned no score".into());
        let score = score.ok_or(failed)?;
        self.record(candidate.id, Some(score), Some(vec![score.loss]))
    }

    /// Ends the search: the best candidate is to be retrained.
    fn choose(&mut self) -> Result<()> {
        let best = self.ranking().into_iter().find(|record| record.loss.is_some());
        let Some(best) = best else {
            let count = self.state.records.len();
            return Err(Error::State(format!(
                "no candidate of {count} has a finite score: nothing can be retrained"
            )));
        };
        self.state.chosen = Some(best.architecture.clone());
        self.state.enter(Phase::Retraining);
        // The HyperNet is not needed any more: the host saved it when the search began.
        self.backend.restore(&Snapshot::default())?;
        self.state.weights += 1;
        self.emit(&Event::Chosen { id: best.id, hash: best.hash });
        Ok(())
    }

    fn retrain_step(&mut self) -> Result<()> {
        let training = match self.training.take() {
            Some(training) => training,
            None => self.begin_retraining()?,
        };
        let steps = training.steps();
        let step = self.state.step;
        if step == 0 {
            self.emit(&Event::Phase { phase: Phase::Retraining, steps: Some(steps) });
        }
        if step < steps {
            let done = training.step(&mut *self.backend, &self.data, step)?;
            self.training = Some(training);
            return self.stepped(&done, steps);
        }
        let test = if self.data.splits().test.is_empty() { None } else { Some(Part::Test) };
        let score = test.map(|part| training.evaluate(&mut *self.backend, &self.data, part)).transpose()?;
        // A broken model has no test score: JSON has no infinity to keep it in.
        let score = score.filter(Score::is_finite);
        self.state.test = score;
        self.state.enter(Phase::Done);
        self.training = Some(training);
        self.emit(&Event::Finished { test: score });
        Ok(())
    }

    fn begin_retraining(&mut self) -> Result<Training> {
        let graph = self.model_graph()?;
        let recipe = self.settings.retrain.clone();
        Training::new(&mut *self.backend, graph, &self.data, recipe, Seed::new(self.settings.seed))
    }

    /// The stand-alone network of the chosen architecture.
    ///
    /// # Errors
    /// When none is chosen yet.
    pub fn model_graph(&self) -> Result<Graph> {
        let chosen = self.state.chosen.as_ref();
        let architecture = chosen.ok_or_else(|| Error::State("no architecture is chosen yet".into()))?;
        self.space.build(architecture, Network::Standalone)
    }

    /// Up to `n` candidates to be evaluated by the host. Fewer when the proposer waits for results or is done.
    ///
    /// # Errors
    /// When the estimator is not trained yet, or the space has no architecture.
    pub fn ask(&mut self, n: usize) -> Result<Vec<Candidate>> {
        if self.state.phase != Phase::Searching {
            return Err(Error::State(format!(
                "ask belongs to the searching phase, this is {}",
                self.state.phase
            )));
        }
        let seed = self.seed().split("proposal");
        let space = Constrained::new(&*self.space, self.settings.constraints);
        let mut candidates = Vec::new();
        while candidates.len() < n {
            let id = self.state.next_id;
            let Next::Proposal(proposal) = self.strategy.proposer.ask(&space, seed.at(id))? else {
                break;
            };
            self.state.next_id += 1;
            candidates.push(Candidate { id, proposal: (*proposal).clone() });
            self.state.pending.insert(id, *proposal);
        }
        Ok(candidates)
    }

    /// What a candidate turned out to be worth: one value per objective, lower is better, the first ranks; `None`
    /// when its evaluation failed.
    ///
    /// # Errors
    /// For an id that was not asked for or was told before.
    pub fn tell(&mut self, id: u64, values: Option<Vec<f64>>) -> Result<()> {
        self.record(id, None, values)
    }

    fn record(&mut self, id: u64, score: Option<Score>, values: Option<Vec<f64>>) -> Result<()> {
        // A value that is not finite counts as a failed evaluation.
        let values = values.filter(|values| values.iter().all(|v| v.is_finite()));
        let proposal =
            self.state.pending.get(&id).ok_or_else(|| {
                Error::State(format!("candidate {id} was not asked for, or was told before"))
            })?;
        let count = self.space.build(&proposal.architecture, Network::Standalone)?.count();
        let record = Record {
            id,
            hash: proposal.architecture.hash(),
            phase: proposal.phase.clone(),
            loss: values.as_ref().and_then(|v| v.first().copied()).filter(|v| v.is_finite()),
            error: score.map(|s| s.error).filter(|v| v.is_finite()),
            values: if score.is_some() { None } else { values.clone() },
            params: count.params,
            macs: count.macs,
            architecture: proposal.architecture.clone(),
        };
        self.strategy.proposer.tell(proposal, values.as_deref())?;
        self.state.pending.remove(&id);
        self.emit(&Event::Candidate(Box::new(record.clone())));
        self.state.records.push(record);
        Ok(())
    }

    /// Scores architectures with the trained estimator.
    ///
    /// # Errors
    /// When the estimator's weights are gone (retraining has begun), or an architecture is not valid.
    pub fn score(&mut self, architectures: &[Architecture]) -> Result<Vec<Score>> {
        if matches!(self.state.phase, Phase::Retraining | Phase::Done) {
            return Err(Error::State("scoring needs the HyperNet, which retraining has replaced".into()));
        }
        architectures.iter().try_for_each(|a| self.space.validate(a))?;
        let seed = self.seed();
        let mut lab = Lab { space: &*self.space, data: &self.data, backend: &mut *self.backend, seed };
        self.strategy.estimator.score(&mut lab, architectures)
    }

    /// All evaluated candidates, best first.
    pub fn ranking(&self) -> Vec<Record> {
        rank(&self.state.records)
    }

    /// The architecture that is or was retrained.
    pub fn chosen(&self) -> Option<&Architecture> {
        self.state.chosen.as_ref()
    }

    /// Loss and error on the test part, once everything is done.
    pub fn test_score(&self) -> Option<Score> {
        self.state.test
    }

    /// Time spent so far, over all resumptions.
    pub fn seconds(&self) -> Seconds {
        self.state.seconds
    }

    /// Training steps that were skipped because something was not finite.
    pub fn skipped_steps(&self) -> u64 {
        self.state.skipped
    }

    /// The engine.
    pub fn backend(&mut self) -> &mut dyn Backend {
        &mut *self.backend
    }

    /// The examples.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The space.
    pub fn space(&self) -> &dyn SearchSpace {
        &*self.space
    }
}

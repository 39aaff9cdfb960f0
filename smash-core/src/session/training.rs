//! The two training phases: the estimator before the search, the chosen architecture after it.

use super::{Event, Phase, Session, Sink};
use crate::constraint::{Constrained, Constraints};
use crate::dataset::Split;
use crate::error::{Error, Result};
use crate::space::SearchSpace;
use crate::strategy::{EstimatorContext, Score, TrainStep};
use crate::train::Training;

/// Non-finite steps in a row after which training counts as diverged.
const MAX_BAD_STEPS: u32 = 10;

impl Session {
    pub(super) fn train_step(&mut self, sink: &mut dyn Sink) -> Result<()> {
        let steps = self.strategy.estimator.steps(&self.data);
        if self.state.step == 0 {
            // Nothing is trained for constraints that no candidate of the search could meet.
            let all = Constrained::new(&*self.space, self.settings.constraints);
            if self.settings.constraints != Constraints::default() {
                all.sample(&mut self.seed().split("check").random(), 1.0)?;
            }
            sink.event(&Event::Phase { phase: Phase::Training, steps: Some(steps) });
        }
        let spent = self.settings.budget.training_seconds.is_some_and(|s| self.state.seconds.hypernet >= s);
        if self.state.step >= steps || spent {
            if self.state.step < steps {
                sink.event(&Event::Budget { phase: Phase::Training, step: self.state.step });
            }
            self.begin_search(sink);
            return Ok(());
        }
        let seed = self.seed();
        let space = Constrained::new(&*self.space, self.settings.constraints.upper()).patient();
        let mut context =
            EstimatorContext { space: &space, data: &self.data, backend: &mut *self.backend, seed };
        match self.strategy.estimator.step(&mut context, self.state.step) {
            // What is trained so far is not lost to one unlucky draw.
            Err(Error::Infeasible(reason)) if self.state.step > 0 => {
                sink.event(&Event::Exhausted { phase: Phase::Training, step: self.state.step, reason });
                self.begin_search(sink);
                Ok(())
            }
            done => self.record_step(sink, &done?, steps),
        }
    }

    fn begin_search(&mut self, sink: &mut dyn Sink) {
        self.state.enter(Phase::Searching);
        sink.event(&self.search_begins());
    }

    /// The event with which a search begins.
    pub fn search_begins(&self) -> Event {
        Event::Phase { phase: Phase::Searching, steps: self.strategy.proposer.total() }
    }

    /// Records a training step, and counts steps that were skipped because the loss or a gradient was not
    /// finite.
    fn record_step(&mut self, sink: &mut dyn Sink, done: &TrainStep, steps: u64) -> Result<()> {
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
        sink.event(&event);
        if self.state.bad_steps >= MAX_BAD_STEPS {
            return Err(Error::Diverged(format!(
                "the loss or a gradient was not finite for {MAX_BAD_STEPS} steps in a row, up to step {step} of \
                 {steps}; the weights are those of the last good step: lower the learning rate"
            )));
        }
        Ok(())
    }

    pub(super) fn retrain_step(&mut self, sink: &mut dyn Sink) -> Result<()> {
        let mut training = match self.training.take() {
            Some(training) => training,
            None => self.begin_retraining()?,
        };
        let steps = training.steps();
        let step = self.state.step;
        if step == 0 {
            sink.event(&Event::Phase { phase: Phase::Retraining, steps: Some(steps) });
        }
        if step < steps {
            let done = training.step(&mut *self.backend, step)?;
            self.record_step(sink, &done, steps)?;
            if self.validates && training.epoch_ends(step) && step + 1 < steps {
                self.validate(&training, sink)?;
            }
            self.training = Some(training);
            return Ok(());
        }
        if self.space.calibrates_after_training() {
            training.calibrate(&mut *self.backend, &self.data)?;
            self.state.weights += 1;
        }
        if self.validates {
            self.validate(&training, sink)?;
        }
        let test = if self.data.splits().test.is_empty() { None } else { Some(Split::Test) };
        let score = test.map(|part| training.evaluate(&mut *self.backend, &self.data, part)).transpose()?;
        // A diverged model has no test score, since JSON has no infinity.
        let score = score.filter(Score::is_finite);
        self.state.test = score;
        self.state.enter(Phase::Done);
        self.training = Some(training);
        sink.event(&Event::Finished { test: score });
        Ok(())
    }

    /// Evaluates the network on the validation split, with batch-norm statistics of its present weights:
    /// those that training keeps lag behind. They have no influence on the training.
    fn validate(&mut self, training: &Training, sink: &mut dyn Sink) -> Result<()> {
        let epochs = self.settings.retrain.epochs;
        let epoch = self.state.step.checked_div(training.steps() / epochs.max(1)).unwrap_or_default();
        if self.state.step < training.steps() && self.space.calibrates_after_training() {
            training.calibrate(&mut *self.backend, &self.data)?;
        }
        let score = training.evaluate(&mut *self.backend, &self.data, Split::Valid)?;
        self.state.valid = Some(score).filter(Score::is_finite);
        sink.event(&Event::Epoch { phase: Phase::Retraining, epoch, epochs, valid: self.state.valid });
        Ok(())
    }

    fn begin_retraining(&mut self) -> Result<Training> {
        let graph = self.model_graph()?;
        let (recipe, seed) = (self.settings.retrain.clone(), self.seed());
        Training::new(&mut *self.backend, graph, &self.data, recipe, seed)
    }
}

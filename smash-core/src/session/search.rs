//! The searching phase: by the estimator, or by a host that asks and tells.

use super::{Candidate, Event, Phase, Session, Sink};
use crate::architecture::Architecture;
use crate::backend::Snapshot;
use crate::constraint::Constrained;
use crate::error::{Error, Result};
use crate::strategy::{EstimatorContext, Next, Outcome, Proposal, Score};

impl Session {
    pub(super) fn search_step(&mut self, sink: &mut dyn Sink) -> Result<()> {
        let spent = self.settings.budget.search_seconds.is_some_and(|s| self.state.seconds.search >= s);
        if !spent && !self.strategy.estimator.evaluates_itself() {
            return self.await_host(sink);
        }
        let asked = if spent { Vec::new() } else { self.ask(1)? };
        let Some(candidate) = asked.into_iter().next() else {
            if !spent {
                self.expect_no_pending()?;
                self.tell_exhausted(sink);
            }
            if spent {
                sink.event(&Event::Budget { phase: Phase::Searching, step: self.state.records.len() as u64 });
            }
            return self.choose(sink);
        };
        let score = self.score(std::slice::from_ref(&candidate.proposal.architecture))?.first().copied();
        let failed = Error::State("the estimator returned no score".into());
        let score = score.ok_or(failed)?;
        let outcome = Outcome { error: Some(score.error), ..Outcome::of([score.loss]) };
        self.complete(candidate.trial_id, outcome, Some(sink))
    }

    fn expect_no_pending(&self) -> Result<()> {
        match self.state.pending.keys().next() {
            Some(id) => Err(Error::State(format!("candidate {id} was asked for and is still to be told"))),
            None => Ok(()),
        }
    }

    /// A step of a search that the host evaluates: the search ends once all its trials are told.
    fn await_host(&mut self, sink: &mut dyn Sink) -> Result<()> {
        self.expect_no_pending()?;
        let told = self.told();
        let all = self.strategy.proposer.total().is_some_and(|total| told >= total);
        if all || self.state.exhausted.is_some() {
            self.tell_exhausted(sink);
            return self.choose(sink);
        }
        Err(Error::State(format!(
            "the host evaluates the candidates of this strategy, and has told {told}: ask and tell until nothing is left"
        )))
    }

    /// Says why the search ends before all its trials, if it does.
    fn tell_exhausted(&self, sink: &mut dyn Sink) {
        if let Some(reason) = self.state.exhausted.clone() {
            let step = self.state.records.len() as u64;
            sink.event(&Event::Exhausted { phase: Phase::Searching, step, reason });
        }
    }

    /// Ends the search and chooses the best candidate for retraining.
    fn choose(&mut self, sink: &mut dyn Sink) -> Result<()> {
        let best = self.ranking().into_iter().find(|record| record.loss.is_some());
        let Some(best) = best else {
            let count = self.state.records.len();
            return Err(Error::State(format!(
                "no candidate of {count} has a finite score: nothing can be retrained"
            )));
        };
        self.state.chosen = Some(best.architecture.clone());
        self.state.enter(Phase::Retraining);
        // Retraining starts from a clean engine; the host saved the HyperNet when the search began.
        self.backend.restore(&Snapshot::default())?;
        self.state.weights += 1;
        sink.event(&Event::Chosen { trial_id: best.trial_id, hash: best.hash });
        Ok(())
    }

    /// Up to `n` candidates for the host to evaluate, as pending trials. Fewer when the proposer waits for
    /// results or is done. With an estimator that needs no training, asking starts the search.
    ///
    /// # Errors
    /// When the estimator is not trained yet, or the space has no architecture.
    pub fn ask(&mut self, n: usize) -> Result<Vec<Candidate>> {
        let ids = self.propose(n)?;
        let candidate = |trial_id| Some(Candidate { trial_id, proposal: self.proposal(trial_id)?.clone() });
        Ok(ids.into_iter().filter_map(candidate).collect())
    }

    /// [`ask`](Self::ask) without copies: the ids of the pending trials, for [`proposal`](Self::proposal).
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn propose(&mut self, n: usize) -> Result<Vec<u64>> {
        if self.state.phase == Phase::Training && self.strategy.estimator.steps(&self.data) == 0 {
            self.step(&mut ())?;
        }
        if self.state.phase != Phase::Searching {
            return Err(Error::State(format!(
                "ask belongs to the searching phase, this is {}",
                self.state.phase
            )));
        }
        let seed = self.seed().split("proposal");
        let space = Constrained::new(&*self.space, self.settings.constraints).patient();
        let mut ids = Vec::new();
        while ids.len() < n {
            let id = self.state.next_id;
            let proposal = match self.strategy.proposer.ask(&space, seed.at(id)) {
                Ok(Next::Proposal(proposal)) => proposal,
                Ok(Next::Wait | Next::Done) => break,
                // Earlier candidates of this call are returned; the next call meets the error again.
                Err(_) if !ids.is_empty() => break,
                // A trained estimator is not lost to one unlucky draw: the search ends with the candidates
                // there are.
                Err(Error::Infeasible(reason)) if !self.state.records.is_empty() => {
                    self.state.exhausted = Some(reason);
                    break;
                }
                Err(error) => return Err(error),
            };
            self.state.next_id += 1;
            ids.push(id);
            self.state.pending.insert(id, *proposal);
        }
        Ok(ids)
    }

    /// The candidate of a pending trial.
    pub fn proposal(&self, id: u64) -> Option<&Proposal> {
        self.state.pending.get(&id)
    }

    /// All pending trials, which a host continues with after a resume.
    pub fn pending(&self) -> Vec<Candidate> {
        let pending = self.state.pending.iter();
        pending.map(|(&trial_id, proposal)| Candidate { trial_id, proposal: proposal.clone() }).collect()
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
        let mut context =
            EstimatorContext { space: &*self.space, data: &self.data, backend: &mut *self.backend, seed };
        self.strategy.estimator.score(&mut context, architectures)
    }
}

//! The results of trials: told, added, counted and ranked.

use super::{Event, Phase, Record, Session, Sink, rank};
use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::space::WeightScheme;
use crate::strategy::{Outcome, Proposal, Trial};

/// The phase of trials that were evaluated elsewhere.
const ADDED: &str = "added";

impl Session {
    /// Completes a pending trial.
    ///
    /// # Errors
    /// For an id that is not a pending trial.
    pub fn tell(&mut self, id: u64, outcome: impl Into<Outcome>) -> Result<()> {
        self.complete(id, outcome.into(), None)
    }

    /// Adds an architecture that was evaluated elsewhere as a completed trial, and returns its number. It is
    /// ranked with the others and may be chosen; the proposer learns of it.
    ///
    /// # Errors
    /// When the architecture is not valid, or the search is over.
    pub fn add(&mut self, architecture: Architecture, outcome: impl Into<Outcome>) -> Result<u64> {
        if matches!(self.state.phase, Phase::Retraining | Phase::Done) {
            return Err(Error::State("the search is over: results are added before it ends".into()));
        }
        self.space.validate(&architecture)?;
        let proposal = Proposal { architecture, phase: ADDED.into() };
        let outcome = self.complete_outcome(&proposal.architecture, outcome.into(), false)?;
        self.strategy.proposer.add(&proposal, &outcome)?;
        let id = self.state.next_id;
        self.state.next_id += 1;
        self.state.added += 1;
        self.record(id, proposal, outcome, None)?;
        Ok(id)
    }

    /// Trials of the proposer that are completed.
    pub(super) fn told(&self) -> u64 {
        self.state.records.len() as u64 - self.state.added
    }

    /// Completes a pending trial with the score that the estimator has found, whose events go to a sink, or
    /// with what a host tells.
    pub(super) fn complete(&mut self, id: u64, outcome: Outcome, found: Option<&mut dyn Sink>) -> Result<()> {
        let proposal = self.state.pending_proposal(id)?;
        let outcome = self.complete_outcome(&proposal.architecture, outcome, found.is_some())?;
        self.strategy.proposer.tell(proposal, &outcome)?;
        let Some(proposal) = self.state.pending.remove(&id) else { return Ok(()) };
        self.record(id, proposal, outcome, found)
    }

    /// The outcome with what follows from the architecture, if anybody looks at that. A value that is not
    /// finite counts as a failed evaluation.
    fn complete_outcome(
        &self,
        architecture: &Architecture,
        outcome: Outcome,
        counted: bool,
    ) -> Result<Outcome> {
        let finite = |value: &f64| value.is_finite();
        let Outcome { values, error, mut params, mut macs, latency } = outcome;
        let values = if values.iter().all(finite) { values } else { Vec::new() };
        if counted || self.strategy.proposer.looks_at_counts() {
            let count = self.space.build(architecture, WeightScheme::Standalone)?.count();
            (params, macs) = (Some(count.params), Some(count.macs));
        }
        Ok(Outcome { values, error: error.filter(finite), params, macs, latency: latency.filter(finite) })
    }

    fn record(
        &mut self,
        id: u64,
        proposal: Proposal,
        outcome: Outcome,
        found: Option<&mut dyn Sink>,
    ) -> Result<()> {
        let loss = outcome.loss();
        let Outcome { values, error, params, macs, latency } = outcome;
        let mut record = Record {
            trial_id: id,
            hash: String::new(),
            phase: proposal.phase,
            loss,
            error,
            values: (found.is_none() && !values.is_empty()).then_some(values),
            latency,
            params: params.unwrap_or_default(),
            macs: macs.unwrap_or_default(),
            architecture: proposal.architecture,
        };
        if let Some(sink) = found {
            record.hash = record.architecture.hash();
            sink.event(&Event::Candidate(Box::new(record.clone())));
        } else {
            // Counting builds a network, which costs more than everything else here: it is deferred until the
            // record is read.
            self.state.uncounted.push(self.state.records.len());
        }
        if loss.is_some_and(|loss| self.leader().and_then(|best| best.loss).is_none_or(|best| loss < best)) {
            self.state.leader = Some(self.state.records.len());
        }
        self.state.records.push(record);
        self.rank_by_proposer()
    }

    /// Asks the proposer for an order of its own.
    fn rank_by_proposer(&mut self) -> Result<()> {
        if !self.strategy.proposer.looks_at_counts() {
            return Ok(());
        }
        let trials: Vec<Trial> = self.state.records.iter().map(Record::trial).collect();
        let Some(order) = self.strategy.proposer.rank(&trials)? else { return Ok(()) };
        self.state.leader = order.first().and_then(|first| self.index(*first)).or(self.state.leader);
        self.state.order = order;
        Ok(())
    }

    fn index(&self, id: u64) -> Option<usize> {
        self.state.records.iter().position(|record| record.trial_id == id)
    }

    /// All completed trials, best first: in the order of the proposer where it has one, or else by the first
    /// value.
    pub fn ranking(&self) -> Vec<Record> {
        let mut records = self.state.records.clone();
        for &index in &self.state.uncounted {
            // Every candidate was valid when it was proposed, so it can be built.
            let _ = records.get_mut(index).map(|record| record.count(&*self.space));
        }
        rank(records, &self.state.order)
    }

    /// The best completed trial; its hash and counts may not be filled in yet.
    pub fn leader(&self) -> Option<&Record> {
        self.state.leader.and_then(|index| self.state.records.get(index))
    }

    /// The completed trials in the order in which they were completed, from number `first` on; hash and
    /// counts of those that a host told may not be filled in yet.
    pub fn completed(&self, first: usize) -> &[Record] {
        self.state.records.get(first..).unwrap_or_default()
    }

    /// The trials that the proposer has ranked, best first; empty when it leaves that to their first values.
    pub fn order(&self) -> &[u64] {
        &self.state.order
    }

    /// Numbers of completed and of pending trials.
    pub fn counts(&self) -> (usize, usize) {
        (self.state.records.len(), self.state.pending.len())
    }

    /// The best completed trials, as in [`ranking`](Self::ranking).
    pub fn best(&mut self, count: usize) -> Vec<Record> {
        for index in std::mem::take(&mut self.state.uncounted) {
            if let Some(mut record) = self.state.records.get(index).cloned() {
                let _ = record.count(&*self.space);
                self.state.records[index] = record;
            }
        }
        let mut best = self.ranking();
        best.truncate(count);
        best
    }
}

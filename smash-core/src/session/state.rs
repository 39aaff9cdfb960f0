//! The state of a session, without the engine's tensors.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Record;
use super::report::Reports;
use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::strategy::{Proposal, Score};

/// Larger numbers of steps, versions and candidates are not reached in any lifetime; counting on from them
/// would overflow.
const MOST: u64 = 1 << 53;

/// Phase of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The estimator (the HyperNet) is trained.
    #[default]
    Training,
    /// Candidates are proposed and scored.
    Searching,
    /// The best candidate is trained with its own weights.
    Retraining,
    /// The session has finished.
    Done,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Training => "training",
            Self::Searching => "searching",
            Self::Retraining => "retraining",
            Self::Done => "done",
        })
    }
}

/// Wall-clock time of each phase, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Training of the estimator.
    pub hypernet: f64,
    /// Proposing and scoring.
    pub search: f64,
    /// Training of the chosen architecture, and its test.
    pub retrain: f64,
    /// The part of all these that the engine spent waiting for data loading.
    #[serde(default)]
    pub waiting: f64,
}

impl Seconds {
    /// Adds to the time of a phase.
    pub(super) fn add(&mut self, phase: Phase, seconds: f64) {
        match phase {
            Phase::Training => self.hypernet += seconds,
            Phase::Searching => self.search += seconds,
            Phase::Retraining => self.retrain += seconds,
            Phase::Done => {}
        }
    }

    /// Time of all phases.
    pub fn total(&self) -> f64 {
        self.hypernet + self.search + self.retrain
    }
}

/// The state of a session, as a checkpoint keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Steps done in the phase.
    pub(super) step: u64,
    /// Version number of the backend's tensors, which changes whenever they do.
    pub(super) weights: u64,
    /// Skipped (non-finite) steps: in a row, and in all.
    pub(super) bad_steps: u32,
    pub(super) skipped: u64,
    pub(super) next_id: u64,
    pub(super) pending: BTreeMap<u64, Proposal>,
    pub(super) records: Vec<Record>,
    /// Index of the best record.
    #[serde(default)]
    pub(super) leader: Option<usize>,
    /// Indices of records whose hash and counts are not filled in yet.
    #[serde(default)]
    pub(super) uncounted: Vec<usize>,
    #[serde(default)]
    pub(super) reports: Reports,
    /// How many of the records were evaluated elsewhere.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) added: u64,
    /// Trials in the order of the proposer, best first; empty when it leaves that to their first values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) order: Vec<u64>,
    /// Loss and error on the validation split of a network that was trained without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) valid: Option<Score>,
    /// Why the search ends before all its trials: no further candidate could be drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exhausted: Option<String>,
    pub(super) chosen: Option<Architecture>,
    pub(super) test: Option<Score>,
    pub(super) seconds: Seconds,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl State {
    /// The proposal of a pending trial.
    pub(super) fn pending_proposal(&self, id: u64) -> Result<&Proposal> {
        let proposal = self.pending.get(&id);
        proposal.ok_or_else(|| Error::State(format!("candidate {id} was not asked for, or was told before")))
    }

    /// Checks that the numbers are ones that a session can have: a state from a file may hold any.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::checkpoint(format!("{what}: it was changed")));
        for (name, number) in [("step", self.step), ("weights", self.weights), ("next_id", self.next_id)] {
            if number > MOST {
                return wrong(format!("{name}: expected at most {MOST}, found {number}"));
            }
        }
        let (bad, skipped) = (self.bad_steps, self.skipped);
        if u64::from(bad) > skipped || skipped > MOST {
            return wrong(format!(
                "expected no more skipped steps in a row than in all, found {bad} and {skipped}"
            ));
        }
        let count = self.records.len();
        if let Some(&index) = self.leader.iter().chain(&self.uncounted).find(|index| **index >= count) {
            return wrong(format!("expected the index of one of {count} candidates, found {index}"));
        }
        if self.added > count as u64 {
            return wrong(format!("expected at most {count} added candidates, found {}", self.added));
        }
        let mut ids: BTreeSet<u64> = self.pending.keys().copied().collect();
        let next = self.next_id;
        if let Some(twice) = self.records.iter().find(|record| !ids.insert(record.trial_id)) {
            return wrong(format!("expected each candidate once, found {} again", twice.trial_id));
        }
        if let Some(id) = ids.last().filter(|id| **id >= next) {
            return wrong(format!("expected candidates before {next}, found {id}"));
        }
        let chosen = matches!(self.phase, Phase::Retraining | Phase::Done);
        if self.chosen.is_some() != chosen {
            return wrong(format!(
                "expected a chosen architecture if and only if it is trained, in {}",
                self.phase
            ));
        }
        let Seconds { hypernet, search, retrain, waiting } = self.seconds;
        if let Some(time) =
            [hypernet, search, retrain, waiting].iter().find(|t| !(t.is_finite() && **t >= 0.0))
        {
            return wrong(format!("expected a time in seconds, found {time}"));
        }
        Ok(())
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.step = 0;
        self.bad_steps = 0;
    }

    /// The state at the beginning of a search, with an estimator that was trained as in this one.
    pub(super) fn before_search(&self) -> Self {
        Self {
            phase: Phase::Searching,
            weights: self.weights + 1,
            skipped: self.skipped,
            seconds: Seconds { hypernet: self.seconds.hypernet, ..Seconds::default() },
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_that_no_session_has_are_refused() {
        let good = serde_json::to_value(State::default()).unwrap();
        State::default().check().unwrap();
        let record = |id: u64| {
            json!({"id": id, "hash": "", "phase": "random", "loss": 1.0, "error": 0.5, "params": 1, "macs": 1,
                   "architecture": {"space": "toy", "version": 1, "choices": {}}})
        };
        let cases = [
            (json!({"step": u64::MAX}), "step: expected at most"),
            (json!({"weights": u64::MAX}), "weights: expected at most"),
            (json!({"bad_steps": 3, "skipped": 2}), "skipped steps in a row"),
            (json!({"leader": 0}), "one of 0 candidates, found 0"),
            (
                json!({"records": [record(0)], "next_id": 1, "uncounted": [0, 1]}),
                "one of 1 candidates, found 1",
            ),
            (json!({"records": [record(0), record(0)], "next_id": 1}), "found 0 again"),
            (json!({"records": [record(4)], "next_id": 4}), "before 4, found 4"),
            (json!({"phase": "retraining"}), "a chosen architecture"),
            (json!({"seconds": {"hypernet": -1.0, "search": 0.0, "retrain": 0.0}}), "found -1"),
        ];
        for (change, fragment) in cases {
            let mut document = good.clone();
            for (key, value) in change.as_object().unwrap() {
                document[key] = value.clone();
            }
            let state: State =
                serde_json::from_value::<State>(document).unwrap_or_else(|e| panic!("{change}: {e}"));
            let error = state.check().unwrap_err().to_string();
            assert!(error.contains(fragment), "{change}: {error}");
        }
    }
}

//! The state of a session, without the engine's tensors.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Record;
use super::report::Reports;
use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::strategy::{Proposal, Score};

/// Phase of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Why the search ends before all its trials: no further candidate could be drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exhausted: Option<String>,
    pub(super) chosen: Option<Architecture>,
    pub(super) test: Option<Score>,
    pub(super) seconds: Seconds,
}

impl State {
    /// The proposal of a pending trial.
    pub(super) fn pending_proposal(&self, id: u64) -> Result<&Proposal> {
        let proposal = self.pending.get(&id);
        proposal.ok_or_else(|| Error::State(format!("candidate {id} was not asked for, or was told before")))
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.step = 0;
        self.bad_steps = 0;
    }
}

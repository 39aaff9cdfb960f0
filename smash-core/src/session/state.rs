//! The state of a session, without the engine's tensors.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Record;
use super::report::Reports;
use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::strategy::{Proposal, Score};

/// Where a session stands.
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
    /// Everything is done.
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

/// Seconds spent in each phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Training of the estimator.
    pub hypernet: f64,
    /// Proposing and scoring.
    pub search: f64,
    /// Training of the chosen architecture, and its test.
    pub retrain: f64,
    /// Of all these, how long the engine waited for examples.
    #[serde(default)]
    pub waiting: f64,
}

impl Seconds {
    /// Adds to a phase.
    pub(super) fn add(&mut self, phase: Phase, seconds: f64) {
        match phase {
            Phase::Training => self.hypernet += seconds,
            Phase::Searching => self.search += seconds,
            Phase::Retraining => self.retrain += seconds,
            Phase::Done => {}
        }
    }

    /// All together.
    pub fn total(&self) -> f64 {
        self.hypernet + self.search + self.retrain
    }
}

/// Everything a session remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Steps done in the phase.
    pub(super) step: u64,
    /// Version of the backend's weights: changes whenever they do.
    pub(super) weights: u64,
    /// Steps in a row that were not finite, and all of them.
    pub(super) bad_steps: u32,
    pub(super) skipped: u64,
    pub(super) next_id: u64,
    pub(super) pending: BTreeMap<u64, Proposal>,
    pub(super) records: Vec<Record>,
    /// Index of the best record.
    #[serde(default)]
    pub(super) leader: Option<usize>,
    /// Indices of records whose hash and counts are still to be filled in.
    #[serde(default)]
    pub(super) uncounted: Vec<usize>,
    #[serde(default)]
    pub(super) reports: Reports,
    pub(super) chosen: Option<Architecture>,
    pub(super) test: Option<Score>,
    pub(super) seconds: Seconds,
}

impl State {
    /// What was proposed as a candidate that is still to be told.
    pub(super) fn asked(&self, id: u64) -> Result<&Proposal> {
        let proposal = self.pending.get(&id);
        proposal.ok_or_else(|| Error::State(format!("candidate {id} was not asked for, or was told before")))
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.step = 0;
        self.bad_steps = 0;
    }
}

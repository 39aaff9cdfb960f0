//! Trials: candidates to evaluate, and their results.

use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::strategy::Proposal;

/// A pending trial: a candidate to evaluate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Number of the trial in this session; `id` in files, as in a [`Record`].
    #[serde(rename = "id")]
    pub trial_id: u64,
    /// The architecture, and the phase of the search that proposed it.
    #[serde(flatten)]
    pub proposal: Proposal,
}

/// A completed trial: an evaluated candidate. Its JSON is a line of `ranking.jsonl`, which has been the same
/// since the first version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Number of the trial in this session.
    #[serde(rename = "id")]
    pub trial_id: u64,
    /// Content hash of the architecture.
    pub hash: String,
    /// Phase of the search that proposed the candidate.
    pub phase: String,
    /// The ranking criterion: validation cross-entropy under generated weights, or the host's first value.
    /// `None` (ranked last) when it was not finite or the evaluation failed.
    pub loss: Option<f64>,
    /// Validation error (fraction) under generated weights.
    pub error: Option<f64>,
    /// All values that a host told, one per objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<f64>>,
    /// Parameters of the stand-alone network.
    pub params: u64,
    /// Multiply-accumulates of the stand-alone network for one example.
    pub macs: u64,
    /// The architecture.
    pub architecture: Architecture,
}

impl Record {
    /// All values, one per objective, the ranking criterion first; empty when the evaluation failed.
    pub fn values(&self) -> &[f64] {
        match &self.values {
            Some(values) => values,
            None => self.loss.as_slice(),
        }
    }
}

/// Sorts records best first: by loss, of equal losses by trial; those without a loss come last.
pub fn rank(mut ranking: Vec<Record>) -> Vec<Record> {
    let key = |r: &Record| r.loss.unwrap_or(f64::INFINITY);
    ranking.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.trial_id.cmp(&b.trial_id)));
    ranking
}

//! Trials: candidates to evaluate, and their results.

use serde::{Deserialize, Deserializer, Serialize};

use crate::architecture::Architecture;
use crate::strategy::Proposal;

/// A pending trial: a candidate to evaluate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Number of the trial in this session; `id` in files of the first formats, as in a [`Record`].
    #[serde(alias = "id")]
    pub trial_id: u64,
    /// The architecture, and the phase of the search that proposed it.
    #[serde(flatten)]
    pub proposal: Proposal,
}

/// A completed trial: an evaluated candidate, one line of `ranking.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Number of the trial in this session.
    #[serde(alias = "id")]
    pub trial_id: u64,
    /// Content hash of the architecture.
    pub hash: String,
    /// Phase of the search that proposed the candidate.
    pub phase: String,
    /// The ranking criterion, the first of the values: validation cross-entropy under generated weights, or
    /// what the host told. `None` (ranked last) when it was not finite or the evaluation failed.
    pub loss: Option<f64>,
    /// Validation error (fraction) under generated weights.
    pub error: Option<f64>,
    /// All values, one per objective; empty when the evaluation failed. Files of the first formats have those
    /// that a host told only.
    #[serde(default)]
    pub values: Vec<f64>,
    /// Parameters of the stand-alone network.
    pub params: u64,
    /// Multiply-accumulates of the stand-alone network for one example.
    pub macs: u64,
    /// The architecture.
    pub architecture: Architecture,
}

/// Sorts records best first: by loss, of equal losses by trial; those without a loss come last.
pub fn rank(mut ranking: Vec<Record>) -> Vec<Record> {
    let key = |r: &Record| r.loss.unwrap_or(f64::INFINITY);
    ranking.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.trial_id.cmp(&b.trial_id)));
    ranking
}

/// Reads records, of which the first formats leave out what follows from the loss.
///
/// # Errors
/// When they are none.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Record>, D::Error> {
    let mut records = Vec::<Record>::deserialize(deserializer)?;
    for record in records.iter_mut().filter(|record| record.values.is_empty()) {
        record.values.extend(record.loss);
    }
    Ok(records)
}

//! Candidates and what they were worth.

use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::strategy::Proposal;

/// A candidate to be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its number in this session.
    pub id: u64,
    /// What is proposed, and by which phase of the search.
    #[serde(flatten)]
    pub proposal: Proposal,
}

/// An evaluated candidate: one line of `ranking.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in this session.
    pub id: u64,
    /// Content hash of the architecture.
    pub hash: String,
    /// Phase of the search that proposed it.
    pub phase: String,
    /// What it is ranked by: the validation cross-entropy under generated weights, or the host's first value. `None`
    /// (ranked last) when it was not finite or the evaluation failed.
    pub loss: Option<f64>,
    /// Validation error (fraction) under generated weights.
    pub error: Option<f64>,
    /// All values that a host told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<f64>>,
    /// Parameters of the stand-alone network.
    pub params: u64,
    /// Multiply-accumulates of the stand-alone network for one example.
    pub macs: u64,
    /// The architecture.
    pub architecture: Architecture,
}

/// The records, best first; equal losses in the order of their ids; those without a loss last.
pub fn rank(mut ranking: Vec<Record>) -> Vec<Record> {
    let key = |r: &Record| r.loss.unwrap_or(f64::INFINITY);
    ranking.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.id.cmp(&b.id)));
    ranking
}

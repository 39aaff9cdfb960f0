//! Trials: candidates to evaluate, and their results.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::error::Result;
use crate::space::{SearchSpace, WeightScheme};
use crate::strategy::{Outcome, Proposal, Trial};

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
    /// Seconds of inference for one example, where the host measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<f64>,
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

    /// Fills in the hash and the counts, which follow from the architecture, if they are not there yet.
    ///
    /// # Errors
    /// When the space cannot build the architecture.
    pub fn count(&mut self, space: &dyn SearchSpace) -> Result<()> {
        if self.hash.is_empty() {
            let count = space.build(&self.architecture, WeightScheme::Standalone)?.count();
            (self.params, self.macs, self.hash) = (count.params, count.macs, self.architecture.hash());
        }
        Ok(())
    }

    /// The trial as a proposer ranks it.
    pub(super) fn trial(&self) -> Trial {
        let outcome = Outcome {
            values: self.values().to_vec(),
            error: self.error,
            params: Some(self.params),
            macs: Some(self.macs),
            latency: self.latency,
        };
        Trial { trial_id: self.trial_id, phase: self.phase.clone(), outcome }
    }
}

/// Sorts records best first: those of an order as it says, then by loss, of equal losses by trial; those
/// without a loss come last.
pub fn rank(mut ranking: Vec<Record>, order: &[u64]) -> Vec<Record> {
    let places: BTreeMap<u64, usize> = order.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let key = |r: &Record| {
        (places.get(&r.trial_id).copied().unwrap_or(usize::MAX), r.loss.unwrap_or(f64::INFINITY), r.trial_id)
    };
    ranking.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
    });
    ranking
}

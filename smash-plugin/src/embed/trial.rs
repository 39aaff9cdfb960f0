//! Candidates on their way to a host and back.

use serde::{Deserialize, Serialize};
use smash_core::architecture::Architecture;

/// A candidate for the host to evaluate.
#[derive(Serialize)]
pub(super) struct Asked<'a> {
    pub(super) trial_id: u64,
    /// Which phase of the search proposes it.
    pub(super) phase: &'a str,
    pub(super) architecture: &'a Architecture,
}

/// How an evaluation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ended {
    /// It has values.
    #[default]
    Ok,
    /// It has none.
    Failed,
    /// It was cut short: its values do not compare with others, and it ranks with the failed.
    Pruned,
}

/// What a candidate turned out to be worth.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    pub(super) trial_id: u64,
    #[serde(default)]
    pub(super) status: Ended,
    /// One value per objective, lower is better, the first ranks; null: not finite.
    #[serde(default)]
    pub(super) values: Vec<Option<f64>>,
}

impl Told {
    /// What the session is told.
    pub(super) fn values(&self) -> Option<Vec<f64>> {
        (self.status == Ended::Ok)
            .then(|| self.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }
}

/// What a candidate is worth so far.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reported {
    pub(super) trial_id: u64,
    pub(super) step: u64,
    pub(super) values: Vec<Option<f64>>,
}

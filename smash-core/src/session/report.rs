//! Early stopping of trials that a host evaluates, by their intermediate values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Session;
use crate::error::{Error, Result};

/// The answer to a report of an intermediate value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Continue the evaluation.
    Continue,
    /// Suspend the evaluation; a strategy may resume it. The median stopping rule never answers this.
    Pause,
    /// Stop the evaluation early: the candidate will not be among the best.
    Stop,
}

/// Minimum number of other trials that have reached a step before a trial is stopped at it.
const MIN_OTHERS: usize = 5;

/// Reported values by trial, as pairs of step and value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Reports(BTreeMap<u64, Vec<(u64, f64)>>);

impl Reports {
    /// The median stopping rule: stop a trial whose best value so far is worse than the median, over the
    /// other trials, of the running mean up to the same step.
    fn add(&mut self, id: u64, step: u64, value: f64) -> Decision {
        if !value.is_finite() {
            return Decision::Stop;
        }
        let own = self.0.entry(id).or_default();
        own.push((step, value));
        let best = own.iter().filter(|(at, _)| *at <= step).fold(f64::INFINITY, |best, (_, v)| best.min(*v));
        let mut means: Vec<f64> = self
            .0
            .iter()
            .filter(|(other, _)| **other != id)
            .filter_map(|(_, all)| running_mean(all, step))
            .collect();
        if means.len() < MIN_OTHERS {
            return Decision::Continue;
        }
        means.sort_by(f64::total_cmp);
        let middle = means.len() / 2;
        let median = if means.len() % 2 == 1 {
            means[middle]
        } else {
            f64::midpoint(means[middle - 1], means[middle])
        };
        if best > median { Decision::Stop } else { Decision::Continue }
    }
}

/// Running mean of the values up to a step; `None` for a trial that has not reached it.
fn running_mean(all: &[(u64, f64)], step: u64) -> Option<f64> {
    all.iter().any(|(at, _)| *at >= step).then_some(())?;
    let so_far: Vec<f64> = all.iter().filter(|(at, _)| *at <= step).map(|(_, value)| *value).collect();
    (!so_far.is_empty()).then(|| so_far.iter().sum::<f64>() / so_far.len() as f64)
}

impl Session {
    /// Reports the intermediate value of a pending trial after `step` units of its evaluation (epochs, say):
    /// one value per objective, lower is better, the first counts. The answer follows the median stopping
    /// rule.
    ///
    /// # Errors
    /// For an id that is not a pending trial, and without a value.
    pub fn report(&mut self, id: u64, step: u64, values: &[f64]) -> Result<Decision> {
        self.state.pending_proposal(id)?;
        let first = values.first();
        let value =
            first.ok_or_else(|| Error::State(format!("candidate {id}: expected at least one value")))?;
        Ok(self.state.reports.add(id, step, *value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worse_than_most_is_stopped() {
        let mut reports = Reports::default();
        for id in 0..5 {
            for step in 1..=3 {
                assert_eq!(reports.add(id, step, id as f64), Decision::Continue, "{id} at {step}");
            }
        }
        // The median of 0 … 4 is 2.
        assert_eq!(reports.add(5, 1, 2.0), Decision::Continue);
        assert_eq!(reports.add(5, 2, 9.0), Decision::Continue, "the best value so far counts");
        assert_eq!(reports.add(6, 1, 2.5), Decision::Stop);
        assert_eq!(reports.add(7, 9, 99.0), Decision::Continue, "nobody else has come as far");
        assert_eq!(reports.add(8, 1, f64::NAN), Decision::Stop);
    }
}

//! Intermediate values of candidates that a host evaluates, and whether going on is worth it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Session;
use crate::error::{Error, Result};

/// What a host should do with an evaluation that it reported on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Go on.
    Continue,
    /// Put it aside; a strategy may come back to it. The rule of this version never says so.
    Pause,
    /// End it: it will not be among the best.
    Stop,
}

/// Others that must have come as far before one is stopped.
const ENOUGH: usize = 5;

/// The values that were reported, by candidate, as pairs of step and value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Reports(BTreeMap<u64, Vec<(u64, f64)>>);

impl Reports {
    /// The median stopping rule: stop where the best value so far is worse than the median of the others' mean values up
    /// to the same step.
    fn add(&mut self, id: u64, step: u64, value: f64) -> Decision {
        if !value.is_finite() {
            return Decision::Stop;
        }
        let own = self.0.entry(id).or_default();
        own.push((step, value));
        let best = own.iter().filter(|(at, _)| *at <= step).fold(f64::INFINITY, |best, (_, v)| best.min(*v));
        let mut means: Vec<f64> =
            self.0.iter().filter(|(other, _)| **other != id).filter_map(|(_, all)| mean(all, step)).collect();
        if means.len() < ENOUGH {
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

/// Mean of the values up to a step; `None` for a candidate that has not come as far.
fn mean(all: &[(u64, f64)], step: u64) -> Option<f64> {
    all.iter().any(|(at, _)| *at >= step).then_some(())?;
    let so_far: Vec<f64> = all.iter().filter(|(at, _)| *at <= step).map(|(_, value)| *value).collect();
    (!so_far.is_empty()).then(|| so_far.iter().sum::<f64>() / so_far.len() as f64)
}

impl Session {
    /// Tells what a candidate that was asked for is worth after `step` units of its evaluation (epochs, say): one value
    /// per objective, lower is better, the first counts. The answer follows the median stopping rule.
    ///
    /// # Errors
    /// For an id that was not asked for or was told before, and without a value.
    pub fn report(&mut self, id: u64, step: u64, values: &[f64]) -> Result<Decision> {
        self.state.asked(id)?;
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

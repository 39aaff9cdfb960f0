//! Sampling.

use super::{Decide, Decision, Domain};
use crate::error::Result;
use crate::random::Random;

/// Draws every decision from the distribution of its space.
pub struct RandomDecide<'a>(pub &'a mut Random);

impl Decide for RandomDecide<'_> {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        Ok(match (decision.weights, &decision.domain) {
            (Some(weights), _) => self.0.weighted(weights),
            (None, &Domain::Integers { low, high, log: true, .. }) => self.log(low, high, &decision.domain),
            (None, domain) => self.0.below(domain.len()),
        })
    }
}

impl RandomDecide<'_> {
    /// Uniform in the logarithm, each value with the share between it and the next one.
    fn log(&mut self, low: usize, high: usize, domain: &Domain<'_>) -> usize {
        let (low, high) = (libm::log(low.max(1) as f64), libm::log(high as f64 + 1.0));
        let drawn = libm::exp(self.0.range(low, high)) as usize;
        domain.nearest(&drawn.into()).unwrap_or(0)
    }
}

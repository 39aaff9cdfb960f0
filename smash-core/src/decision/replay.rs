//! Mutation and crossover: decisions made again as they were, and some of them anew.

use std::collections::HashMap;

use serde_json::Value;

use super::{Decide, Decision, Draw, Made, RandomDecide};
use crate::architecture::Architecture;
use crate::error::Result;
use crate::random::Random;

/// A neighbour: each decision is redrawn with probability `rate`. What an earlier change makes impossible is
/// repaired: integers go to the nearest possible value, everything else is redrawn.
///
/// # Errors
/// Those of the draw.
pub fn mutate(draw: &Draw<'_>, base: &[Made], random: &mut Random, rate: f64) -> Result<Architecture> {
    draw(&mut Replay { values: values(base), random, rate })
}

/// A child of two, each decision of which is that of either parent with equal probability, and is then
/// redrawn with probability `rate`.
///
/// # Errors
/// Those of the draw.
pub fn crossover(
    draw: &Draw<'_>,
    first: &[Made],
    second: &[Made],
    random: &mut Random,
    rate: f64,
) -> Result<Architecture> {
    let mut child = values(first);
    for made in second {
        if !child.contains_key(made.name.as_str()) || random.coin(0.5) {
            child.insert(&made.name, &made.value);
        }
    }
    draw(&mut Replay { values: child, random, rate })
}

fn values(made: &[Made]) -> HashMap<&str, &Value> {
    made.iter().map(|made| (made.name.as_str(), &made.value)).collect()
}

struct Replay<'a> {
    values: HashMap<&'a str, &'a Value>,
    random: &'a mut Random,
    rate: f64,
}

impl Decide for Replay<'_> {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        let value = self.values.get(decision.name).filter(|_| !self.random.coin(self.rate));
        let kept = value
            .and_then(|value| decision.domain.index_of(value).or_else(|| decision.domain.nearest(value)));
        kept.map_or_else(|| RandomDecide(self.random).decide(decision), Ok)
    }
}

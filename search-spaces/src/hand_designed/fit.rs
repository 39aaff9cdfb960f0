//! Fitting a family's network to a number of parameters.

use smash_core::error::{Error, Result};
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::task::Task;

use super::choices::{Choices, Family};
use super::config::HandDesignedConfig;
use super::space::MAX_WIDTH;

/// Accepted relative difference from the target number of parameters.
const TOLERANCE: f64 = 0.05;

/// The network of a family whose number of parameters is within 5 % of `params`, at the depth nearest to the
/// usual one.
///
/// # Errors
/// When no depth and width come that close; the message names the nearest.
pub fn fit(config: &HandDesignedConfig, task: &Task, family: Family, params: u64) -> Result<Choices> {
    let space = config.build(task)?;
    let count = |choices: &Choices| {
        Ok(space.build(&space.architecture(choices)?, WeightScheme::Standalone)?.count().params)
    };
    let miss = |found: u64| found.abs_diff(params) as f64 / params.max(1) as f64;
    let mut nearest: Option<(Choices, u64)> = None;
    for &depth in family.depths() {
        // Parameters grow with the width, so one of the first width with enough and the width before it is
        // the nearest.
        let (mut low, mut high) = (1, MAX_WIDTH);
        while low < high {
            let width = low.midpoint(high);
            if count(&Choices { family, depth, width })? < params {
                low = width + 1;
            } else {
                high = width;
            }
        }
        for width in [low, low.max(2) - 1] {
            let choices = Choices { family, depth, width };
            let found = count(&choices)?;
            if nearest.is_none_or(|(_, best)| miss(found) < miss(best)) {
                nearest = Some((choices, found));
            }
        }
        if let Some((choices, found)) = nearest
            && miss(found) <= TOLERANCE
        {
            return Ok(choices);
        }
    }
    let nearest = nearest.map(|(choices, found)| {
        format!("; the nearest has {found} (depth {}, width {})", choices.depth, choices.width)
    });
    let message = format!(
        "no {family} has within 5 % of {params} parameters for this dataset{}",
        nearest.unwrap_or_default()
    );
    Err(Error::invalid("", message))
}

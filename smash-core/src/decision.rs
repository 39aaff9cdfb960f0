//! A search space as a grammar of named decisions.
//!
//! A space [draws](crate::space::SearchSpace::draw) an architecture by asking for one decision after the
//! other; what may be asked, and its domain, depend on the answers so far. Whoever answers is a [`Decide`]:
//! a random generator samples, an earlier architecture with some decisions redrawn mutates, and the
//! optimiser of a host learns. So a space that writes `draw` has all of it, and its architectures have a
//! flat form: the values of their decisions by name.

mod domain;
mod flat;
mod grid;
mod random;
mod replay;
mod trace;

pub use domain::Domain;
pub use flat::{Depends, architecture, depends};
pub use grid::{Grid, Size, size};
pub use random::RandomDecide;
pub use replay::{crossover, mutate};
pub use trace::{Made, lookup, recall, record};

use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::Value;

use crate::architecture::Architecture;
use crate::error::{Error, Result};

/// How a space makes an architecture of decisions.
pub type Draw<'a> = dyn Fn(&mut dyn Decide) -> Result<Architecture> + 'a;

/// One decision of an architecture: a single field, never a block of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision<'a> {
    /// Its name: stable, unique within an architecture, and best the path of its value in the choices, with
    /// dots (`"stages.0.width"`).
    pub name: &'a str,
    /// The values that it may have here.
    #[serde(flatten)]
    pub domain: Domain<'a>,
    /// How likely each value is where the space samples, in the order of the domain; not negative, and not
    /// all 0. Uniform without (uniform in the logarithm where the domain says so).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<&'a [f64]>,
}

/// Who answers the decisions of an architecture. Spaces call [`ask`](trait.Decide.html#method.ask) and the
/// methods beside it.
pub trait Decide {
    /// The index of the value in the domain, which has at least two values.
    ///
    /// # Errors
    /// Whatever keeps it from deciding: the architecture is then not made.
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize>;
}

impl dyn Decide + '_ {
    /// The index of the value in the domain. What has a single value is not asked.
    ///
    /// # Errors
    /// When the domain is empty, the weights are not its own, or the answer is outside.
    pub fn ask(&mut self, decision: &Decision<'_>) -> Result<usize> {
        let count = decision.domain.len();
        if let Some(weights) = decision.weights
            && (weights.len() != count || !weights.iter().all(|w| *w >= 0.0 && w.is_finite()))
        {
            let found = weights.len();
            return Err(decision.wrong(format!("expected {count} weights, not negative, found {found}")));
        }
        let index = match count {
            0 => return Err(decision.wrong("has no possible value".into())),
            1 => 0,
            _ => self.decide(decision)?,
        };
        if index < count {
            return Ok(index);
        }
        Err(decision
            .wrong(format!("expected an index below {count} into {}, found {index}", decision.domain)))
    }

    /// One of several values: text, numbers or booleans.
    ///
    /// # Errors
    /// As [`ask`](#method.ask).
    pub fn choose<'c, T: Clone + Into<Value>>(&mut self, name: &str, choices: &'c [T]) -> Result<&'c T> {
        self.choose_weighted(name, choices, None)
    }

    /// [`choose`](#method.choose) with a probability for each.
    ///
    /// # Errors
    /// As [`ask`](#method.ask).
    pub fn choose_weighted<'c, T: Clone + Into<Value>>(
        &mut self,
        name: &str,
        choices: &'c [T],
        weights: Option<&[f64]>,
    ) -> Result<&'c T> {
        let values: Vec<Value> = choices.iter().cloned().map(Into::into).collect();
        let index = self.ask(&Decision { name, domain: Domain::of(&values), weights })?;
        Ok(&choices[index])
    }

    /// An integer in a range.
    ///
    /// # Errors
    /// As [`ask`](#method.ask).
    pub fn integer(&mut self, name: &str, range: RangeInclusive<usize>) -> Result<usize> {
        self.integer_weighted(name, range, 1, None)
    }

    /// An integer in a range, uniform in its logarithm: for what matters as a ratio.
    ///
    /// # Errors
    /// As [`ask`](#method.ask).
    pub fn log_integer(&mut self, name: &str, range: RangeInclusive<usize>) -> Result<usize> {
        let domain = Domain::Integers { low: *range.start(), high: *range.end(), step: 1, log: true };
        Ok(range.start() + self.ask(&Decision { name, domain, weights: None })?)
    }

    /// Every `step`-th integer from the start of a range to at most its end, with a probability for each.
    ///
    /// # Errors
    /// As [`ask`](#method.ask).
    pub fn integer_weighted(
        &mut self,
        name: &str,
        range: RangeInclusive<usize>,
        step: usize,
        weights: Option<&[f64]>,
    ) -> Result<usize> {
        let domain = Domain::Integers { low: *range.start(), high: *range.end(), step, log: false };
        Ok(range.start() + step * self.ask(&Decision { name, domain, weights })?)
    }

    /// Yes with probability `p`.
    ///
    /// # Errors
    /// As [`ask`](#method.ask).
    pub fn coin(&mut self, name: &str, p: f64) -> Result<bool> {
        self.choose_weighted(name, &[false, true], Some(&[1.0 - p, p])).copied()
    }
}

impl Decision<'_> {
    /// An error of this decision.
    fn wrong(&self, message: String) -> Error {
        Error::invalid(format!("/{}", self.name), message)
    }
}

#[cfg(test)]
mod tests;

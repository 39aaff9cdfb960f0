//! Hard constraints on candidates, met by rejection sampling.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::architecture::Architecture;
use crate::decision::{Decide, Made};
use crate::error::{Error, Problem, Result};
use crate::graph::{Count, Graph};
use crate::random::Random;
use crate::space::{Description, PartOutline, PlaneSpec, SearchSpace, WeightScheme};

/// Samples that are rejected in a row before constraints count as infeasible.
const MAX_SAMPLES: u64 = 1000;

/// The same limit for constraints that are known to be met by some samples: few enough for one draw in a long
/// run to fail, many enough for that to be improbable where one sample in a thousand fits.
const PATIENCE: u64 = 20_000;

/// Samples that measure the share of a space that fits: up to so many, or until so many fit.
const MEASURED: u64 = 1000;
const ENOUGH: u64 = 100;

/// Bounds on the stand-alone network of every candidate; inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Constraints {
    /// Maximum number of parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_params: Option<u64>,
    /// Minimum number of parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_params: Option<u64>,
    /// Maximum number of multiply-accumulates for one example.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_macs: Option<u64>,
    /// Minimum number of multiply-accumulates for one example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_macs: Option<u64>,
    /// Maximum size of the activations for one example, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_activation_bytes: Option<u64>,
}

impl Constraints {
    /// Checks that no minimum exceeds its maximum.
    ///
    /// # Errors
    /// For the first contradiction, with its JSON pointer.
    pub fn check(&self) -> Result<(), Problem> {
        let pairs = [("params", self.min_params, self.max_params), ("macs", self.min_macs, self.max_macs)];
        for (what, min, max) in pairs {
            if let (Some(min), Some(max)) = (min, max)
                && min > max
            {
                let text = format!("min_{what} {min} exceeds max_{what} {max}: no network can meet both");
                return Err(Problem::new(format!("/min_{what}"), text));
            }
        }
        Ok(())
    }

    /// Only the upper bounds: while the HyperNet is trained, sampling budgets are annealed from below and
    /// could not meet a lower bound at first.
    #[must_use]
    pub fn upper(&self) -> Self {
        Self { min_params: None, min_macs: None, ..*self }
    }

    /// Whether whatever meets `others` meets these too, bound by bound.
    pub fn are_looser_than(&self, others: &Self) -> bool {
        let above = |bound: Option<u64>, other: Option<u64>| match (bound, other) {
            (None, _) => true,
            (Some(bound), Some(other)) => bound >= other,
            (Some(_), None) => false,
        };
        let below = |bound: Option<u64>, other: Option<u64>| bound.unwrap_or(0) <= other.unwrap_or(0);
        above(self.max_params, others.max_params)
            && above(self.max_macs, others.max_macs)
            && above(self.max_activation_bytes, others.max_activation_bytes)
            && below(self.min_params, others.min_params)
            && below(self.min_macs, others.min_macs)
    }

    /// The first constraint that a count violates.
    pub fn broken_by(&self, count: &Count) -> Option<&'static str> {
        let over = |value: u64, bound: Option<u64>| bound.is_some_and(|bound| value > bound);
        let under = |value: u64, bound: Option<u64>| bound.is_some_and(|bound| value < bound);
        [
            ("max_params", over(count.params, self.max_params)),
            ("min_params", under(count.params, self.min_params)),
            ("max_macs", over(count.macs, self.max_macs)),
            ("min_macs", under(count.macs, self.min_macs)),
            ("max_activation_bytes", over(count.activation_bytes, self.max_activation_bytes)),
        ]
        .into_iter()
        .find_map(|(name, broken)| broken.then_some(name))
    }
}

/// How many samples each constraint rejected.
#[derive(Default)]
struct Rejections(BTreeMap<&'static str, u64>);

impl fmt::Display for Rejections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(name, count)| format!("{count} by {name}")).collect();
        f.write_str(&parts.join(", "))
    }
}

/// How many of some samples of a space meet constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Samples that meet them.
    pub fitting: u64,
    /// All samples.
    pub samples: u64,
}

impl Share {
    /// The fraction that fits.
    pub fn fraction(self) -> f64 {
        self.fitting as f64 / self.samples.max(1) as f64
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} samples meet them", self.fitting, self.samples)
    }
}

/// A space restricted by constraints: samples, mutations and crossovers are redrawn until they meet them.
pub struct Constrained<'a> {
    inner: &'a dyn SearchSpace,
    constraints: Constraints,
    most: u64,
}

impl<'a> Constrained<'a> {
    /// Restricts a space; without constraints it draws as the space itself does.
    pub fn new(inner: &'a dyn SearchSpace, constraints: Constraints) -> Self {
        Self { inner, constraints, most: MAX_SAMPLES }
    }

    /// The same, with more draws before constraints count as infeasible: for those that some samples are
    /// known to meet.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { most: PATIENCE, ..self }
    }

    /// Measures how many samples of the space meet the constraints.
    ///
    /// # Errors
    /// When the space cannot be sampled.
    pub fn share(&self, random: &mut Random) -> Result<Share> {
        let mut share = Share { fitting: 0, samples: 0 };
        while share.samples < MEASURED && share.fitting < ENOUGH {
            let architecture = self.inner.sample(random, 1.0)?;
            let count = self.inner.build(&architecture, WeightScheme::Standalone)?.count();
            share.samples += 1;
            share.fitting += u64::from(self.constraints.broken_by(&count).is_none());
        }
        Ok(share)
    }

    fn redrawn(&self, what: &str, mut next: impl FnMut() -> Result<Architecture>) -> Result<Architecture> {
        if self.constraints == Constraints::default() {
            return next();
        }
        let mut rejected = Rejections::default();
        for _ in 0..self.most {
            let architecture = next()?;
            let count = self.inner.build(&architecture, WeightScheme::Standalone)?.count();
            match self.constraints.broken_by(&count) {
                None => return Ok(architecture),
                Some(name) => *rejected.0.entry(name).or_default() += 1,
            }
        }
        Err(Error::Infeasible(format!(
            "constraints: {most} of {most} {what} were rejected ({rejected}); relax /constraints or choose a space whose \
             networks have the wanted size",
            most = self.most
        )))
    }
}

impl SearchSpace for Constrained<'_> {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn choices_schema(&self) -> Value {
        self.inner.choices_schema()
    }

    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        let architecture = self.inner.draw(decide)?;
        let count = self.inner.build(&architecture, WeightScheme::Standalone)?.count();
        match self.constraints.broken_by(&count) {
            None => Ok(architecture),
            Some(name) => Err(Error::Infeasible(format!(
                "these decisions give a network of {} parameters and {} MACs, which breaks /constraints/{name}",
                count.params, count.macs
            ))),
        }
    }

    fn value_of(&self, choices: &Value, decision: &str) -> Option<Value> {
        self.inner.value_of(choices, decision)
    }

    fn decisions(&self, architecture: &Architecture) -> Result<Vec<Made>> {
        self.inner.decisions(architecture)
    }

    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture> {
        self.redrawn("samples", || self.inner.sample(random, progress))
    }

    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture> {
        self.redrawn("neighbours of an architecture", || self.inner.mutate(architecture, random, rate))
    }

    fn crossover(
        &self,
        first: &Architecture,
        second: &Architecture,
        random: &mut Random,
        rate: f64,
    ) -> Result<Architecture> {
        self.redrawn("children of two architectures", || self.inner.crossover(first, second, random, rate))
    }

    fn convert(&self, architecture: &Architecture) -> Result<Architecture> {
        self.inner.convert(architecture)
    }

    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.inner.validate(architecture)
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        self.inner.build(architecture, scheme)
    }

    fn describe_at(&self, architecture: &Architecture, progress: f64) -> Result<Description> {
        self.inner.describe_at(architecture, progress)
    }

    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        self.inner.describe(architecture)
    }

    fn calibrates_after_training(&self) -> bool {
        self.inner.calibrates_after_training()
    }

    fn graph_travels(&self) -> bool {
        self.inner.graph_travels()
    }

    fn plane(&self) -> PlaneSpec {
        self.inner.plane()
    }

    fn outline(&self, architecture: &Architecture) -> Result<Vec<PartOutline>> {
        self.inner.outline(architecture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;
    use crate::task::Task;
    use crate::testing::ToySpace;

    fn toy() -> ToySpace {
        ToySpace::new(&Task { channels: 2, extents: vec![4, 4], classes: 2 })
    }

    #[test]
    fn no_sample_breaks_a_constraint() {
        let space = toy();
        let constraints =
            Constraints { max_params: Some(800), min_params: Some(500), ..Constraints::default() };
        let constrained = Constrained::new(&space, constraints);
        let mut random = Seed::new(1).random();
        for _ in 0..100 {
            let sample = constrained.sample(&mut random, 1.0).unwrap();
            let neighbour = constrained.mutate(&sample, &mut random, 0.5).unwrap();
            let child = constrained.crossover(&sample, &neighbour, &mut random, 0.5).unwrap();
            for architecture in [sample, neighbour, child] {
                let params = space.build(&architecture, WeightScheme::Standalone).unwrap().count().params;
                assert!((500..=800).contains(&params), "{params}");
            }
        }
    }

    #[test]
    fn the_share_that_fits_is_measured() {
        let space = toy();
        let share = |max_params| {
            let constraints = Constraints { max_params, ..Constraints::default() };
            Constrained::new(&space, constraints).share(&mut Seed::new(1).random()).unwrap()
        };
        assert_eq!(share(None), Share { fitting: 100, samples: 100 });
        assert_eq!(share(Some(1)).to_string(), "0 of 1000 samples meet them");
        assert!((0.01..0.99).contains(&share(Some(700)).fraction()), "{}", share(Some(700)));
    }

    #[test]
    fn infeasible_constraints_say_what_rejected_how_many() {
        let space = toy();
        let constraints = Constraints { max_macs: Some(1), ..Constraints::default() };
        let error =
            Constrained::new(&space, constraints).sample(&mut Seed::new(1).random(), 1.0).unwrap_err();
        assert!(
            error.to_string().contains("1000 of 1000 samples were rejected (1000 by max_macs)"),
            "{error}"
        );
        let contradiction =
            Constraints { min_params: Some(2), max_params: Some(1), ..Constraints::default() };
        assert_eq!(contradiction.check().unwrap_err().pointer, "/min_params");
    }
}

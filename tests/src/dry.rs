//! A space that runs out of architectures.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use smash_core::architecture::Architecture;
use smash_core::decision::Decide;
use smash_core::graph::Graph;
use smash_core::random::Random;
use smash_core::space::{Description, PlaneSpec, SearchSpace, WeightScheme};
use smash_core::{Error, Result};

/// A space that has no more architectures after some samples, until it is asked again or for good.
pub struct Dry {
    inner: Box<dyn SearchSpace>,
    samples: AtomicU64,
    dry: u64,
    for_good: bool,
}

impl Dry {
    /// A space that fails once, after so many samples.
    pub fn after(dry: u64, inner: Box<dyn SearchSpace>) -> Self {
        Self { inner, samples: AtomicU64::new(0), dry, for_good: false }
    }

    /// A space that has only so many samples.
    pub fn for_good(dry: u64, inner: Box<dyn SearchSpace>) -> Self {
        Self { for_good: true, ..Self::after(dry, inner) }
    }
}

impl SearchSpace for Dry {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        self.inner.draw(decide)
    }

    fn value_of(&self, choices: &Value, decision: &str) -> Option<Value> {
        self.inner.value_of(choices, decision)
    }

    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture> {
        let sample = self.samples.fetch_add(1, Ordering::Relaxed);
        if sample == self.dry || (self.for_good && sample > self.dry) {
            return Err(Error::Infeasible("dry".into()));
        }
        self.inner.sample(random, progress)
    }

    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture> {
        self.inner.mutate(architecture, random, rate)
    }

    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.inner.validate(architecture)
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        self.inner.build(architecture, scheme)
    }

    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        self.inner.describe(architecture)
    }

    fn plane(&self) -> PlaneSpec {
        self.inner.plane()
    }
}

//! A sample plugin: a dataset, here waves that are told apart by their length.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Dataset, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;

/// Noisy waves of four lengths.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct WavesConfig {
    /// How many there are.
    #[schemars(range(min = 40, max = 1_000_000))]
    examples: usize,
    /// Standard deviation of the noise; the waves have an amplitude of 1.
    #[schemars(range(min = 0.0, max = 100.0))]
    noise: f64,
}

impl Default for WavesConfig {
    fn default() -> Self {
        Self { examples: 1000, noise: 0.5 }
    }
}

#[typetag::serde(name = "waves")]
impl DatasetConfig for WavesConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        let task = Task { channels: 1, extents: vec![32], classes: 4 };
        Ok(Box::new(Waves { task, examples: self.examples, noise: self.noise }))
    }
}

inventory::submit! { Component::new::<WavesConfig>(Kind::Dataset, "waves", "Noisy waves of four lengths.") }

smash_sdk::export_plugin!(Dataset "waves");

struct Waves {
    task: Task,
    examples: usize,
    noise: f64,
}

impl Dataset for Waves {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.examples
    }

    fn label(&self, index: usize) -> usize {
        index % self.task.classes
    }

    /// Called in any order, by any thread: what an example is depends on its number only.
    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        let mut random = Seed::new(0).at(index as u64).random();
        let (length, start) = (4.0 + 3.0 * self.label(index) as f64, random.unit());
        for (i, value) in out.iter_mut().enumerate() {
            let phase = std::f64::consts::TAU * (i as f64 / length + start);
            *value = (phase.sin() + self.noise * random.normal()) as f32;
        }
        Ok(())
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        Ok(Splits::stratified(0..self.examples, |index| self.label(index), 0.1, 0.1, seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_a_dataset() {
        let mut open = || WavesConfig::default().open();
        for promise in smash_core::conformance::dataset(&mut open) {
            assert!(promise.outcome.is_ok(), "{promise}");
        }
    }
}

//! A sample plugin: an estimator, which trains each network for a moment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::architecture::Architecture;
use smash_core::backend::Snapshot;
use smash_core::component::{Component, EstimatorConfig, Kind};
use smash_core::dataset::{Data, Split};
use smash_core::space::WeightScheme;
use smash_core::strategy::{Estimator, EstimatorContext, Score, TrainStep};
use smash_core::train::{Recipe, Training};
use smash_core::{Error, Result};

/// Brief training: a network is worth what it has learnt after a few epochs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct BriefConfig {
    /// Epochs of each network.
    #[schemars(range(min = 1, max = 1000))]
    epochs: u64,
    /// Batch size.
    #[schemars(range(min = 1, max = 65536))]
    batch: usize,
}

impl Default for BriefConfig {
    fn default() -> Self {
        Self { epochs: 1, batch: 50 }
    }
}

#[typetag::serde(name = "brief")]
impl EstimatorConfig for BriefConfig {
    fn build(&self) -> Result<Box<dyn Estimator>> {
        let BriefConfig { epochs, batch } = *self;
        Ok(Box::new(Brief(Recipe { epochs, batch, use_validation: false, ..Recipe::default() })))
    }
}

inventory::submit! { Component::new::<BriefConfig>(Kind::Estimator, "brief", "Trains each candidate for a moment.") }

smash_sdk::export_plugin!(Estimator "brief");

struct Brief(Recipe);

impl Estimator for Brief {
    /// Nothing is trained before the search: each candidate is by itself.
    fn steps(&self, _: &Data) -> u64 {
        0
    }

    fn step(&mut self, _: &mut EstimatorContext<'_>, _: u64) -> Result<TrainStep> {
        Err(Error::State("there is nothing to train before the search".into()))
    }

    fn score(
        &mut self,
        context: &mut EstimatorContext<'_>,
        architectures: &[Architecture],
    ) -> Result<Vec<Score>> {
        architectures.iter().map(|architecture| self.score_one(context, architecture)).collect()
    }
}

impl Brief {
    fn score_one(&self, context: &mut EstimatorContext<'_>, architecture: &Architecture) -> Result<Score> {
        let EstimatorContext { space, data, backend, seed } = context;
        let network = space.build(architecture, WeightScheme::Standalone)?;
        // A clean engine: the score depends on this architecture alone.
        backend.restore(&Snapshot::default())?;
        let mut training = Training::new(&mut **backend, network, data, self.0.clone(), *seed)?;
        for step in 0..training.steps() {
            training.step(&mut **backend, step)?;
        }
        training.calibrate(&mut **backend, data)?;
        let score = training.evaluate(&mut **backend, data, Split::Valid)?;
        training.release(&mut **backend);
        Ok(score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_of_its_configuration() {
        let text = r#"{"type": "brief", "epochs": 3}"#;
        let config: Box<dyn EstimatorConfig> = serde_json::from_str(text).unwrap();
        assert!(config.build().unwrap().evaluates_itself());
    }
}

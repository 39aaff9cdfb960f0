//! The estimator that leaves evaluation to the host.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::component::{Component, EstimatorConfig, Kind};
use crate::dataset::Data;
use crate::error::{Error, Result};
use crate::strategy::{Estimator, EstimatorContext, Score, TrainStep};

/// The host evaluates the candidates itself: it asks for trials and tells their values. Nothing is trained
/// before the search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostConfig {}

/// An estimator without training or scores of its own.
pub struct HostEstimator;

impl Estimator for HostEstimator {
    fn steps(&self, _: &Data) -> u64 {
        0
    }

    fn step(&mut self, _: &mut EstimatorContext<'_>, _: u64) -> Result<TrainStep> {
        Err(Error::State("this strategy has nothing to train".into()))
    }

    fn evaluates_itself(&self) -> bool {
        false
    }

    fn score(&mut self, _: &mut EstimatorContext<'_>, _: &[Architecture]) -> Result<Vec<Score>> {
        Err(Error::State(
            "this strategy has no HyperNet to score with: the host evaluates its candidates".into(),
        ))
    }
}

#[typetag::serde(name = "host")]
impl EstimatorConfig for HostConfig {
    fn build(&self) -> Result<Box<dyn Estimator>> {
        Ok(Box::new(HostEstimator))
    }
}

inventory::submit! {
    Component::new::<HostConfig>(Kind::Estimator, "host", "The host evaluates candidates itself: it asks and tells.")
}

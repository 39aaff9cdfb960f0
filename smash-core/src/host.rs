//! Strategies whose candidates the host evaluates: a proposer alone, without HyperNet and without training.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::component::{Component, Kind, StrategyConfig};
use crate::dataset::Data;
use crate::error::{Error, Result};
use crate::smash::{Evolution, EvolutionConfig, RandomConfig, RandomSearch};
use crate::strategy::{Estimator, Lab, Proposer, Score, TrainStep};

/// Proposes candidates that the host evaluates itself: it asks for them and tells what they are worth. There is no
/// HyperNet, and nothing is trained before the search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(bound = "S: Default + Serialize + JsonSchema")]
pub struct HostConfig<S> {
    /// How many candidates, and from where.
    pub search: S,
}

/// The host in the place of an estimator.
struct HostEstimator;

impl Estimator for HostEstimator {
    fn steps(&self, _: &Data) -> u64 {
        0
    }

    fn step(&mut self, _: &mut Lab<'_>, _: u64) -> Result<TrainStep> {
        Err(Error::State("this strategy has nothing to train".into()))
    }

    fn scores(&self) -> bool {
        false
    }

    fn score(&mut self, _: &mut Lab<'_>, _: &[Architecture]) -> Result<Vec<Score>> {
        Err(Error::State(
            "this strategy has no HyperNet to score with: the host evaluates its candidates".into(),
        ))
    }
}

#[typetag::serde(name = "random")]
impl StrategyConfig for HostConfig<RandomConfig> {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(RandomSearch::new(self.search.clone())))
    }

    fn estimator(&self) -> Result<Box<dyn Estimator>> {
        Ok(Box::new(HostEstimator))
    }
}

#[typetag::serde(name = "evolution")]
impl StrategyConfig for HostConfig<EvolutionConfig> {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(Evolution::new(self.search.clone())))
    }

    fn estimator(&self) -> Result<Box<dyn Estimator>> {
        Ok(Box::new(HostEstimator))
    }
}

inventory::submit! {
    Component::new::<HostConfig<RandomConfig>>(
        Kind::Strategy,
        "random",
        "Random search whose candidates the host evaluates.",
    )
}

inventory::submit! {
    Component::new::<HostConfig<EvolutionConfig>>(
        Kind::Strategy,
        "evolution",
        "Regularised evolution whose candidates the host evaluates.",
    )
}

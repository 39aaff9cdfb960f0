//! Registration of the estimator `hypernet` and of the paper's pair of search and estimator, the strategy
//! `smash`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HyperNetEstimator, HyperNetEstimatorConfig};
use crate::component::{Component, EstimatorConfig, Kind, StrategyConfig};
use crate::error::Result;
use crate::search::{PerturbationChain, PerturbationChainConfig};
use crate::strategy::{Estimator, Proposer};

#[typetag::serde(name = "hypernet")]
impl EstimatorConfig for HyperNetEstimatorConfig {
    fn build(&self) -> Result<Box<dyn Estimator>> {
        self.check()?;
        Ok(Box::new(HyperNetEstimator::new(self.clone())))
    }
}

inventory::submit! {
    Component::new::<HyperNetEstimatorConfig>(
        Kind::Estimator,
        "hypernet",
        "Validation loss under the weights that a trained HyperNet writes (Brock et al. 2018).",
    )
}

/// The paper's strategy: trains one HyperNet that generates the weights of any architecture of the space,
/// ranks architectures by their validation loss under those weights, and refines the best. The short form of
/// the strategy `perturbation_chain` with the estimator `hypernet`. The defaults are the paper's (method
/// sections 5 and 6).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SmashConfig {
    /// Settings of the estimator.
    #[serde(flatten)]
    pub estimator: HyperNetEstimatorConfig,
    /// Settings of the search.
    pub search: PerturbationChainConfig,
}

#[typetag::serde(name = "smash")]
impl StrategyConfig for SmashConfig {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(PerturbationChain::new(self.search.clone())))
    }

    fn estimator(&self) -> Result<Option<Box<dyn Estimator>>> {
        self.estimator.build().map(Some)
    }
}

inventory::submit! {
    Component::new::<SmashConfig>(
        Kind::Strategy,
        "smash",
        "HyperNet estimator with random search, perturbation and chain (Brock et al. 2018).",
    )
    .with_own_estimator()
}

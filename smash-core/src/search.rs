//! Search algorithms (proposers): which candidates to evaluate, in which order. Each goes with any estimator.

mod evolution;
mod perturbation_chain;
mod random;

pub use evolution::{Evolution, EvolutionConfig};
pub use perturbation_chain::{PerturbationChain, PerturbationChainConfig};
pub use random::{RandomConfig, RandomSearch};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A strategy that is a proposer alone. The job names the estimator beside it, under `estimator`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(bound = "S: Default + Serialize + JsonSchema")]
pub struct SearchStrategy<S> {
    /// Settings of the search.
    pub search: S,
}

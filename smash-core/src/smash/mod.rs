//! The SMASH strategy: a HyperNet that writes weights, and the search over what it writes.

mod config;
mod estimator;
mod hypernet;
mod proposer;

pub use config::{ScoringConfig, SearchConfig, SmashConfig};
pub use estimator::{PlaneSwap, SmashEstimator};
pub use hypernet::{HyperNetConfig, WeightNorm};
pub use proposer::PerturbationChain;

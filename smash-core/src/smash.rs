//! The method of the paper: one HyperNet that generates the weights of any network of a space, as an
//! estimator for any search (`hypernet`), and paired with the paper's search (the strategy `smash`).

mod config;
mod estimator;
mod hypernet;
mod strategy;

pub use config::{Decay, HyperNetEstimatorConfig, ScoringConfig};
pub use estimator::{HyperNetEstimator, PlaneSwap};
pub use hypernet::{HyperNetConfig, WeightNorm};
pub use strategy::SmashConfig;

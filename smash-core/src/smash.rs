//! The method of the paper: one HyperNet that writes the weights of any network of a space, as an estimator for any search
//! (`hypernet`), and as the paper pairs it (the strategy `smash`).

mod config;
mod estimator;
mod hypernet;
mod strategy;

pub use config::{Decay, HyperNetEstimatorConfig, ScoringConfig};
pub use estimator::{HyperNetEstimator, PlaneSwap};
pub use hypernet::{HyperNetConfig, WeightNorm};
pub use strategy::SmashConfig;

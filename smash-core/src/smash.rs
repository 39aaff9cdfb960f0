//! The SMASH strategies: a HyperNet that writes weights, and three ways to search over what it writes: the paper's
//! (`smash`), regularised evolution (`smash_evolution`) and random search (`smash_random`).

mod config;
mod estimator;
mod evolution;
mod hypernet;
mod proposer;
mod random;

pub use config::{Decay, ScoringConfig, SearchConfig, SmashConfig};
pub use estimator::{PlaneSwap, SmashEstimator};
pub use evolution::{Evolution, EvolutionConfig};
pub use hypernet::{HyperNetConfig, WeightNorm};
pub use proposer::PerturbationChain;
pub use random::{RandomConfig, RandomSearch};

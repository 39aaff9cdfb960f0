//! Studies: experiments on the method itself, each run by one command, with results that are kept.

mod baselines;
mod hypernet_input;

pub use baselines::{BaselinePlan, Baselines, SeedRun, TrainedNetwork, baselines};
pub use hypernet_input::{HypernetInput, PairedDifferences, hypernet_input};

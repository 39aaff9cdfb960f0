//! Studies: experiments on the method itself, run by one command, with results that are kept.

mod baselines;
mod hypernet_input;

pub use baselines::{Baselines, Plan, Run, Trained, baselines};
pub use hypernet_input::{HypernetInput, Pairs, hypernet_input};

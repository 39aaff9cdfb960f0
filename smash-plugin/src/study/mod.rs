//! Studies: experiments on the method itself, run by one command, with results that are kept.

mod hypernet_input;

pub use hypernet_input::{HypernetInput, Pairs, hypernet_input};

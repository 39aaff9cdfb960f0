//! Where the weights of a network come from.

use crate::graph::{Init, Parameter};

/// Which network to build from an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightScheme {
    /// The one-shot network: parameters are `Generated` or `Shared` between architectures.
    OneShot,
    /// The stand-alone network: every parameter is its `Own`, trained normally.
    Standalone,
}

impl WeightScheme {
    /// A weight of extents `dims` that a HyperNet writes for the one-shot network.
    pub fn generated(self, name: impl Into<String>, dims: &[usize]) -> Parameter {
        match self {
            Self::OneShot => Parameter::generated(name, dims),
            Self::Standalone => Parameter::own(name, dims, Init::Orthogonal),
        }
    }

    /// A parameter of extents `dims`: in the one-shot network the first of each axis of a tensor of extents `stored`, which all
    /// architectures share.
    pub fn shared(self, name: impl Into<String>, dims: &[usize], stored: &[usize], init: Init) -> Parameter {
        match self {
            Self::OneShot => {
                Parameter::shared(name, stored, dims.iter().map(|&extent| 0..extent).collect(), init)
            }
            Self::Standalone => Parameter::own(name, dims, init),
        }
    }
}

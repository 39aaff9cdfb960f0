//! What is exported.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;

use crate::{Error, Result};

/// A stand-alone network with its weights.
#[derive(Clone, Debug)]
pub struct Network<'a> {
    /// One batched input `[channels, extents…]` and the output `logits` `[classes]`, as
    /// [`SearchSpace::build`](smash_core::space::SearchSpace::build) gives it for
    /// [`WeightScheme::Standalone`](smash_core::space::WeightScheme::Standalone).
    pub graph: &'a Graph,
    /// The stored tensors by the names of the graph's parameters. Others are ignored.
    pub weights: &'a BTreeMap<String, Tensor>,
    /// What is known beside the weights.
    pub card: Card,
}

/// What a model knows beside its weights. Everything may be empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Name of the network; any text.
    pub name: String,
    /// A name for each class, in the order of the logits; any text.
    pub class_names: Option<Vec<String>>,
    /// Mean per channel, in the unit of the input. Empty: inputs are not normalised. Otherwise the network
    /// normalises them itself, as `(x − mean) / std`.
    pub mean: Vec<f32>,
    /// Standard deviation per channel, in the unit of the input; empty exactly where `mean` is.
    pub std: Vec<f32>,
    /// Where the network comes from, by keys of one's own; any text.
    pub provenance: BTreeMap<String, String>,
}

impl Card {
    /// True if the exported network normalises its inputs.
    pub fn normalises(&self) -> bool {
        !self.mean.is_empty()
    }

    /// Checks the card against the number of channels and classes of a network.
    pub(crate) fn check(&self, channels: usize, classes: usize) -> Result<()> {
        if let Some(names) = &self.class_names
            && names.len() != classes
        {
            return Err(Error::Card(format!("expected {classes} class names, found {}", names.len())));
        }
        let given = !self.mean.is_empty() || !self.std.is_empty();
        for (what, values) in [("means", &self.mean), ("standard deviations", &self.std)] {
            if given && values.len() != channels {
                let found = values.len();
                return Err(Error::Card(format!(
                    "expected {channels} {what}, one per channel, or neither means nor deviations, found {found}"
                )));
            }
        }
        let finite = self.mean.iter().chain(&self.std).all(|v| v.is_finite());
        if finite && self.std.iter().all(|&v| v > 0.0) {
            return Ok(());
        }
        Err(Error::Card(format!(
            "expected finite means and standard deviations above 0, found {:?} and {:?}",
            self.mean, self.std
        )))
    }
}

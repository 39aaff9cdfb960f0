//! Weights as safetensors.

use std::collections::{BTreeMap, HashMap};

use ::safetensors::Dtype;
use ::safetensors::tensor::TensorView;
use smash_core::tensor::Tensor;

use crate::program::Program;
use crate::{Error, Network, Result};

/// The only metadata key that is written: safetensors orders several keys at random, and equal networks must
/// give equal bytes.
const KEY: &str = "card";

/// The weights of a network under the names of its parameters, float32, with the [`Card`](crate::Card) as
/// JSON in the metadata key `card`.
///
/// # Errors
/// When weights or card do not fit the graph.
pub fn safetensors(network: &Network<'_>) -> Result<Vec<u8>> {
    Program::new(network)?;
    let tensors: BTreeMap<&str, &Tensor> = network
        .graph
        .parameters
        .iter()
        .filter_map(|p| network.weights.get(&p.name).map(|tensor| (p.name.as_str(), tensor)))
        .collect();
    let card = serde_json::to_string(&network.card).map_err(|e| failed(&e))?;
    encode(&tensors, Some(card))
}

/// Named tensors as a file.
pub(crate) fn encode(tensors: &BTreeMap<&str, &Tensor>, card: Option<String>) -> Result<Vec<u8>> {
    let bytes: Vec<(&str, &Tensor, Vec<u8>)> = tensors
        .iter()
        .map(|(&name, &tensor)| (name, tensor, tensor.data().iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let views = bytes.iter().map(|(name, tensor, data)| {
        Ok((*name, TensorView::new(Dtype::F32, tensor.shape().to_vec(), data).map_err(|e| failed(&e))?))
    });
    let views = views.collect::<Result<Vec<_>>>()?;
    let metadata = card.map(|card| HashMap::from([(KEY.to_owned(), card)]));
    ::safetensors::serialize(views, metadata).map_err(|e| failed(&e))
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Format { format: "safetensors", problem: error.to_string() }
}

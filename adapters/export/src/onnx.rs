//! ONNX: a graph of standard operators that every runtime reads.

mod operators;
mod options;
mod proto;
#[cfg(test)]
mod tests;
mod writer;

pub use options::OnnxOptions;

use prost::Message;

use crate::program::Program;
use crate::{Card, Error, Network, Result};
use writer::Writer;

/// Most bytes of a message of Protocol Buffers.
const MOST_BYTES: usize = i32::MAX as usize;

/// The network as an ONNX model: input `[batch, channels, extents…]` under its name in the graph, output
/// `probabilities` (or `logits`) `[batch, classes]`, with any batch size.
///
/// Where the card has mean and deviation, the model takes inputs before normalisation. Class names are in
/// the metadata key `class_names` as a JSON array, beside the card's provenance under its own keys.
///
/// # Errors
/// When the graph is no network for inference, when weights, card or options do not fit it, or when the model
/// has 2 GiB or more.
pub fn onnx(network: &Network<'_>, options: &OnnxOptions) -> Result<Vec<u8>> {
    let ir_version = options.ir_version()?;
    let program = Program::new(network)?;
    let program = if options.fold { program.fold() } else { program };
    let output = if options.logits { "logits" } else { "probabilities" };
    let graph = Writer::new(&program, output).graph(&program, network, options.logits)?;
    let model = proto::Model {
        ir_version,
        producer_name: "smash".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph),
        opset_import: vec![proto::OperatorSetId { domain: String::new(), version: options.opset }],
        metadata_props: metadata(&network.card)?,
    };
    let length = model.encoded_len();
    if length > MOST_BYTES {
        return Err(failed(format!(
            "expected a model of at most {MOST_BYTES} bytes, which is what the format can hold, found {length}: \
             export it as pytorch or safetensors"
        )));
    }
    Ok(model.encode_to_vec())
}

fn metadata(card: &Card) -> Result<Vec<proto::StringStringEntry>> {
    let mut entries = card.provenance.clone();
    if let Some(names) = &card.class_names {
        let names = serde_json::to_string(names).map_err(|e| failed(e.to_string()))?;
        entries.insert("class_names".into(), names);
    }
    Ok(entries.into_iter().map(|(key, value)| proto::StringStringEntry { key, value }).collect())
}

fn failed(problem: String) -> Error {
    Error::Format { format: "onnx", problem }
}

//! Engine snapshots as safetensors files.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use smash_core::backend::Snapshot;
use smash_core::json;
use smash_core::tensor::Tensor;

use crate::{Error, Result};

/// The only metadata key that is written: safetensors orders several keys at random, and equal states must
/// give equal bytes.
const KEY: &str = "smash";

/// Encodes tensors with their metadata; `path` is the name in messages.
pub(crate) fn encode(path: &Path, tensors: &BTreeMap<String, Tensor>, metadata: String) -> Result<Vec<u8>> {
    let bytes: Vec<(&String, &Tensor, Vec<u8>)> = tensors
        .iter()
        .map(|(name, t)| (name, t, t.data().iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let mut views = Vec::with_capacity(bytes.len());
    for (name, tensor, data) in &bytes {
        let view = TensorView::new(Dtype::F32, tensor.shape().to_vec(), data)
            .map_err(|e| Error::run(path, format!("tensor {name}: {e}")))?;
        views.push((name.as_str(), view));
    }
    let metadata = Some(HashMap::from([(KEY.to_owned(), metadata)]));
    safetensors::serialize(views, metadata).map_err(|e| Error::run(path, e.to_string()))
}

/// Decodes tensors and their metadata; `path` is the name in messages.
pub(crate) fn decode(path: &Path, bytes: &[u8]) -> Result<(BTreeMap<String, Tensor>, String)> {
    let damaged = |what: String| Error::damaged(path, format!("not a weights file of smash: {what}"));
    json::check_header(bytes).map_err(|e| damaged(e.to_string()))?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(e.to_string()))?;
    let metadata = header.metadata().as_ref().and_then(|m| m.get(KEY)).cloned();
    let metadata = metadata.ok_or_else(|| damaged(format!("expected the metadata key {KEY:?}")))?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(damaged(format!("tensor {name}: expected F32, found {:?}", view.dtype())));
        }
        let values = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let tensor = Tensor::new(view.shape().to_vec(), values);
        tensors
            .insert(name.to_owned(), tensor.ok_or_else(|| damaged(format!("tensor {name}: wrong length")))?);
    }
    Ok((tensors, metadata))
}

/// Parameters and buffers only, without the optimiser's state.
pub(crate) fn parameters(snapshot: Snapshot) -> BTreeMap<String, Tensor> {
    snapshot.tensors.into_iter().filter(|(name, _)| !name.starts_with("optimizer/")).collect()
}

/// Refuses weights that are not finite: a network with them answers the same whatever it is shown.
pub(crate) fn expect_finite(path: &Path, tensors: &BTreeMap<String, Tensor>) -> Result<()> {
    match tensors.iter().find(|(_, tensor)| !tensor.is_finite()) {
        None => Ok(()),
        Some((name, _)) => Err(Error::damaged(
            path,
            format!(
                "tensor {name}: expected finite weights, found NaN or infinity: its training diverged, or the \
                     file was changed; train it again, with a lower learning rate if it diverged"
            ),
        )),
    }
}

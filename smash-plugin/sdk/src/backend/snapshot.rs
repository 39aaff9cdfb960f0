//! Engine snapshots as bytes: the length of a JSON header (8 bytes, little-endian), the header, then all
//! values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smash_core::backend::Snapshot;
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

#[derive(Serialize, Deserialize)]
struct Header {
    /// Shapes by name, in the order of the values.
    tensors: BTreeMap<String, Vec<usize>>,
    counts: BTreeMap<String, u64>,
}

/// Encodes a snapshot.
pub(crate) fn encode(snapshot: &Snapshot) -> Result<Vec<u8>> {
    let tensors = snapshot.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape().to_vec()));
    let head = Header { tensors: tensors.collect(), counts: snapshot.counts.clone() };
    let head = serde_json::to_vec(&head).map_err(|e| Error::backend(format!("snapshot: {e}")))?;
    let mut bytes = (head.len() as u64).to_le_bytes().to_vec();
    bytes.extend(head);
    for tensor in snapshot.tensors.values() {
        bytes.extend(tensor.data().iter().flat_map(|value| value.to_le_bytes()));
    }
    Ok(bytes)
}

/// Decodes a snapshot; whatever the bytes claim, no more memory is allocated than they hold.
pub(crate) fn decode(bytes: &[u8]) -> Result<Snapshot> {
    let damaged = |what: &str| Error::backend(format!("snapshot: {what}"));
    let (length, rest) =
        bytes.split_first_chunk::<8>().ok_or_else(|| damaged("expected 8 bytes of length"))?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (head, mut values) = rest.split_at_checked(length).ok_or_else(|| damaged("the head is cut off"))?;
    let head: Header = smash_core::json::from_slice(head).map_err(|e| damaged(&e.to_string()))?;
    let mut tensors = BTreeMap::new();
    for (name, shape) in head.tensors {
        let count = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
        let length = count.and_then(|count| count.checked_mul(size_of::<f32>()));
        let taken = length.and_then(|length| values.split_at_checked(length));
        let (own, others) = taken.ok_or_else(|| damaged(&format!("the values of {name} are cut off")))?;
        let data = own.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let tensor = Tensor::new(shape, data).ok_or_else(|| damaged(&format!("{name} has no such shape")))?;
        tensors.insert(name, tensor);
        values = others;
    }
    if !values.is_empty() {
        return Err(damaged(&format!("{} bytes too many", values.len())));
    }
    Ok(Snapshot { tensors, counts: head.counts })
}

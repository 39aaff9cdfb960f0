//! Counting parameters, multiply-accumulates and activation bytes.

use serde::{Deserialize, Serialize};

use super::{Graph, Op, Role};

/// What a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Learned values that this network uses (of shared tensors: the boxes used, overlaps counted once per use).
    pub params: u64,
    /// Multiply-accumulates of convolutions and linear layers for one example.
    pub macs: u64,
    /// Bytes of all batched values for one example: what training keeps at most.
    pub activation_bytes: u64,
}

impl Graph {
    /// Counts parameters, multiply-accumulates and activation bytes.
    pub fn count(&self) -> Count {
        let weights = self.parameters.iter().filter(|p| p.role == Role::Weight);
        let params = weights.map(|p| p.dims().iter().product::<usize>() as u64).sum();
        let mut count = Count { params, ..Count::default() };
        for node in &self.nodes {
            count.macs += match node.op {
                // Every output value sums over one filter.
                Op::Conv { .. } | Op::Linear => {
                    let w = self.shape(node.inputs[1]);
                    (node.shape.len() * w.len() / w.channels().max(1)) as u64
                }
                _ => 0,
            };
            if node.shape.batched {
                count.activation_bytes += 4 * node.shape.len() as u64;
            }
        }
        count
    }
}

//! Counting parameters, multiply-accumulates and activation bytes.

use serde::{Deserialize, Serialize};

use super::{Graph, Node, Op, Parameter, Role, product};

/// The cost of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Number of learned values that this network uses (of shared tensors, the slices it uses; overlapping
    /// slices count once per use).
    pub params: u64,
    /// Multiply-accumulates of convolutions and linear layers for one example.
    pub macs: u64,
    /// Bytes of all batched values for one example: the peak activation memory of training, without any
    /// reuse.
    pub activation_bytes: u64,
}

/// The cost of one part of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCount {
    /// The second component of its parameters' names: `block0` of `model.block0.op1.conv0.weight`.
    pub part: String,
    /// Number of learned values.
    pub params: u64,
    /// Multiply-accumulates of convolutions and linear layers for one example.
    pub macs: u64,
}

impl Graph {
    /// Counts parameters, multiply-accumulates and activation bytes. A [`Builder`](super::Builder) and
    /// [`check`](Self::check) refuse networks whose counts would be too large for their numbers.
    pub fn count(&self) -> Count {
        let params = self.parameters.iter().map(learned).fold(0, u64::saturating_add);
        let mut count = Count { params, ..Count::default() };
        for node in &self.nodes {
            count.macs = count.macs.saturating_add(self.macs(node));
            if node.shape.batched {
                let bytes = (node.shape.len() as u64).saturating_mul(4);
                count.activation_bytes = count.activation_bytes.saturating_add(bytes);
            }
        }
        count
    }

    /// The cost of each part, in the order of the parts' first parameters. Multiplication by anything but a
    /// parameter, such as a weight that a HyperNet generates, belongs to no part.
    pub fn count_parts(&self) -> Vec<PartCount> {
        let mut parts: Vec<PartCount> = Vec::new();
        let mut part_of = Vec::new();
        for parameter in &self.parameters {
            let name = parameter.name.split('.').nth(1).unwrap_or(&parameter.name);
            let at = parts.iter().position(|p| p.part == name).unwrap_or_else(|| {
                parts.push(PartCount { part: name.to_owned(), ..PartCount::default() });
                parts.len() - 1
            });
            parts[at].params = parts[at].params.saturating_add(learned(parameter));
            part_of.push(at);
        }
        for node in &self.nodes {
            if let Some(&weight) = node.inputs.get(1)
                && let Op::Parameter { index } = self.node(weight).op
            {
                let macs = &mut parts[part_of[index]].macs;
                *macs = macs.saturating_add(self.macs(node));
            }
        }
        parts
    }

    fn macs(&self, node: &Node) -> u64 {
        match node.op {
            Op::Conv { .. } | Op::Linear => node.shape.macs_by(self.shape(node.inputs[1])),
            _ => 0,
        }
    }
}

fn learned(parameter: &Parameter) -> u64 {
    if parameter.role == Role::Weight { product(&parameter.dims()) as u64 } else { 0 }
}

//! Counting parameters, multiply-accumulates and activation bytes.

use serde::{Deserialize, Serialize};

use super::{Graph, Node, Op, Parameter, Role};

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
    /// Counts parameters, multiply-accumulates and activation bytes.
    pub fn count(&self) -> Count {
        let params = self.parameters.iter().map(learned).sum();
        let mut count = Count { params, ..Count::default() };
        for node in &self.nodes {
            count.macs += self.macs(node);
            if node.shape.batched {
                count.activation_bytes += 4 * node.shape.len() as u64;
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
            parts[at].params += learned(parameter);
            part_of.push(at);
        }
        for node in &self.nodes {
            if let Some(&weight) = node.inputs.get(1)
                && let Op::Parameter { index } = self.node(weight).op
            {
                parts[part_of[index]].macs += self.macs(node);
            }
        }
        parts
    }

    fn macs(&self, node: &Node) -> u64 {
        match node.op {
            // Each output value is a sum over one filter.
            Op::Conv { .. } | Op::Linear => {
                let w = self.shape(node.inputs[1]);
                (node.shape.len() * w.len() / w.channels().max(1)) as u64
            }
            _ => 0,
        }
    }
}

fn learned(parameter: &Parameter) -> u64 {
    if parameter.role == Role::Weight { parameter.dims().iter().product::<usize>() as u64 } else { 0 }
}

//! Networks as graphs of typed ops in static single-assignment form (SSA), with shape inference, generic in
//! spatial rank (1, 2, 3).
//!
//! A graph serves execution on every backend, counting, printing, export and structural comparison. Values
//! are either batched (activations) or not (parameters, generated weights, the HyperNet's plane); the batch
//! size is only known when a graph is run.
//!
//! ```
//! use smash_core::graph::{Builder, Init, Parameter};
//! let mut b = Builder::new();
//! let x = b.input("x", true, &[3, 8, 8]);
//! let w = b.parameter(Parameter::own("w", &[4, 3, 3, 3], Init::Orthogonal))?;
//! let h = b.conv(x, w, Default::default())?;
//! let h = b.relu(h)?;
//! let y = b.global_average_pool(h)?;
//! let graph = b.finish([("logits", y)]);
//! assert_eq!(graph.count().macs, 4 * 3 * 9 * 6 * 6);
//! # Ok::<(), smash_core::Error>(())
//! ```

mod binary;
mod builder;
mod canonical;
mod check;
mod count;
mod infer;
mod json;
mod op;
mod parameter;
mod print;
#[cfg(test)]
mod tests;

pub use builder::{Builder, ConvSpec, PoolSpec};
pub use count::{Count, PartCount};
pub use op::{Op, PoolKind};
pub use parameter::{Init, Parameter, Role, Source};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A value of a graph: the output of the node with this index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ValueId(pub u32);

impl ValueId {
    /// The index of the node that computes this value.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Shape of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Shape {
    /// True if the batch is the first extent at run time, before `dims`.
    pub batched: bool,
    /// Extents without the batch; channels first.
    pub dims: Vec<usize>,
}

impl Shape {
    /// A shape.
    pub fn new(batched: bool, dims: impl Into<Vec<usize>>) -> Self {
        Self { batched, dims: dims.into() }
    }

    /// Number of values in one example (in the whole value when not batched); the largest number where it
    /// would be larger.
    pub fn len(&self) -> usize {
        product(&self.dims)
    }

    /// Multiply-accumulates of a convolution or linear layer with this result and a weight: each value is a
    /// sum over one filter.
    fn macs_by(&self, weight: &Self) -> u64 {
        let all = self.len() as u128 * weight.len() as u128 / weight.channels().max(1) as u128;
        u64::try_from(all).unwrap_or(u64::MAX)
    }

    /// True for a value without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Channels: the first extent; 1 for a scalar.
    pub fn channels(&self) -> usize {
        self.dims.first().copied().unwrap_or(1)
    }

    /// Spatial extents: all but the first.
    pub fn extents(&self) -> &[usize] {
        self.dims.get(1..).unwrap_or(&[])
    }
}

/// The product of extents; the largest number where it would be larger.
fn product(dims: &[usize]) -> usize {
    dims.iter().fold(1, |len: usize, &extent| len.saturating_mul(extent))
}

/// One op of a graph and the value it computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The op.
    pub op: Op,
    /// The operands, all of lower index.
    pub inputs: Vec<ValueId>,
    /// Shape of the result.
    pub shape: Shape,
}

/// A network: a directed acyclic graph of ops.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// The ops in topological order.
    pub nodes: Vec<Node>,
    /// The parameters and buffers that [`Op::Parameter`] refers to.
    pub parameters: Vec<Parameter>,
    /// Named results.
    pub outputs: Vec<(String, ValueId)>,
}

impl Graph {
    /// The node that computes a value.
    pub fn node(&self, id: ValueId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The shape of a value.
    pub fn shape(&self, id: ValueId) -> &Shape {
        &self.node(id).shape
    }

    /// The value of a named output.
    pub fn output(&self, name: &str) -> Option<ValueId> {
        self.outputs.iter().find(|(n, _)| n == name).map(|(_, id)| *id)
    }

    /// Names and shapes of the inputs, in the order of their nodes.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Shape)> {
        self.nodes.iter().filter_map(|node| match &node.op {
            Op::Input { name } => Some((name.as_str(), &node.shape)),
            _ => None,
        })
    }

    /// Structural hash, names included: equal graphs can share a compiled plan.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// A builder that continues this graph.
    pub fn extend(self) -> Builder {
        Builder::from(self)
    }

    /// The subgraph that computes the named outputs (dead-code elimination).
    ///
    /// # Errors
    /// When an output does not exist.
    pub fn select(&self, outputs: &[&str]) -> crate::Result<Graph> {
        let kept = outputs.iter().map(|&name| {
            let id =
                self.output(name).ok_or_else(|| crate::Error::graph(format!("no output named {name:?}")))?;
            Ok((name.to_owned(), id))
        });
        Ok(self.keep(kept.collect::<crate::Result<_>>()?))
    }

    /// Liveness: for each node, whether it is a root or a root depends on it.
    pub fn live_nodes(&self, roots: &[usize]) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        roots.iter().for_each(|&i| needed[i] = true);
        for i in (0..self.nodes.len()).rev() {
            if needed[i] {
                self.nodes[i].inputs.iter().for_each(|input| needed[input.index()] = true);
            }
        }
        needed
    }

    /// Dead-code elimination: the subgraph that computes these outputs.
    fn keep(&self, outputs: Vec<(String, ValueId)>) -> Graph {
        let roots: Vec<usize> = outputs.iter().map(|(_, id)| id.index()).collect();
        let used = self.live_nodes(&roots);
        let mut map = vec![ValueId(0); self.nodes.len()];
        let mut graph = Graph::default();
        for (i, node) in self.nodes.iter().enumerate().filter(|(i, _)| used[*i]) {
            let mut node = node.clone();
            node.inputs.iter_mut().for_each(|input| *input = map[input.index()]);
            if let Op::Parameter { index } = &mut node.op {
                graph.parameters.push(self.parameters[*index].clone());
                *index = graph.parameters.len() - 1;
            }
            map[i] = ValueId(graph.nodes.len() as u32);
            graph.nodes.push(node);
        }
        graph.outputs = outputs.into_iter().map(|(name, id)| (name, map[id.index()])).collect();
        graph
    }
}

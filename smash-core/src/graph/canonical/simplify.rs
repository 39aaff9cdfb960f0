//! Simplification: folds ops that only move values, merges equal nodes (common-subexpression elimination),
//! and flattens sums.

use std::collections::HashMap;
use std::ops::Range;

use super::super::{Graph, Node, Op, Shape, ValueId};
use super::commutes;

/// The simplified graph. Unlike in other graphs, sums and products have two or more operands, in no
/// particular order.
pub(super) fn simplify(graph: &Graph) -> Graph {
    let mut arena = Arena::default();
    let mut map: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let inputs: Vec<ValueId> = node.inputs.iter().map(|id| map[id.index()]).collect();
        let id = match &node.op {
            Op::Parameter { index } => arena.parameter(graph, *index, &node.shape),
            Op::Slice { ranges } => arena.slice(inputs[0], ranges),
            Op::Concat => arena.concat(&inputs),
            Op::Reshape { dims } => arena.reshape(inputs[0], dims),
            Op::Permute { axes } if axes.iter().copied().eq(0..axes.len()) => inputs[0],
            Op::Scale { factor } if *factor == 1.0 => inputs[0],
            op if commutes(op) => arena.flatten(op, &inputs),
            op => arena.intern(op.clone(), inputs, node.shape.clone()),
        };
        map.push(id);
    }
    let mut outputs: Vec<(String, ValueId)> =
        graph.outputs.iter().map(|(name, id)| (name.clone(), map[id.index()])).collect();
    outputs.sort();
    arena.graph.keep(outputs)
}

/// A growing graph with hash-consing: every node is held once.
#[derive(Default)]
struct Arena {
    graph: Graph,
    interned: HashMap<String, ValueId>,
}

impl Arena {
    fn intern(&mut self, op: Op, inputs: Vec<ValueId>, shape: Shape) -> ValueId {
        let key = format!("{op:?} {inputs:?} {shape:?}");
        self.insert(key, Node { op, inputs, shape })
    }

    fn insert(&mut self, key: String, node: Node) -> ValueId {
        let next = ValueId(self.graph.nodes.len() as u32);
        let id = *self.interned.entry(key).or_insert(next);
        if id == next {
            self.graph.nodes.push(node);
        }
        id
    }

    fn parameter(&mut self, graph: &Graph, index: usize, shape: &Shape) -> ValueId {
        let parameter = &graph.parameters[index];
        let key = format!("{parameter:?}");
        if let Some(&known) = self.interned.get(&key) {
            return known;
        }
        self.graph.parameters.push(parameter.clone());
        let op = Op::Parameter { index: self.graph.parameters.len() - 1 };
        self.insert(key, Node { op, inputs: Vec::new(), shape: shape.clone() })
    }

    /// A flattened sum or product: operands that are of the same op are replaced by their own operands.
    fn flatten(&mut self, op: &Op, inputs: &[ValueId]) -> ValueId {
        let mut flat = Vec::new();
        for &input in inputs {
            let node = self.graph.node(input);
            if node.op == *op { flat.extend(&node.inputs) } else { flat.push(input) }
        }
        flat.sort_unstable();
        let shape = self.graph.shape(inputs[0]).clone();
        self.intern(op.clone(), flat, shape)
    }

    fn reshape(&mut self, x: ValueId, dims: &[usize]) -> ValueId {
        let node = self.graph.node(x);
        let x = if matches!(node.op, Op::Reshape { .. }) { node.inputs[0] } else { x };
        let shape = Shape::new(self.graph.shape(x).batched, dims);
        if *self.graph.shape(x) == shape {
            return x;
        }
        self.intern(Op::Reshape { dims: dims.to_vec() }, vec![x], shape)
    }

    /// A slice, pushed down through slices and concatenations to the node that computes the value.
    fn slice(&mut self, x: ValueId, ranges: &[Range<usize>]) -> ValueId {
        let node = self.graph.node(x);
        if ranges.iter().zip(&node.shape.dims).all(|(range, &extent)| *range == (0..extent)) {
            return x;
        }
        match &node.op {
            Op::Slice { ranges: outer } => {
                let inside = ranges
                    .iter()
                    .zip(outer)
                    .map(|(r, o)| o.start + r.start..o.start + r.end)
                    .collect::<Vec<_>>();
                let x = node.inputs[0];
                self.slice(x, &inside)
            }
            Op::Concat => {
                let (mut start, mut parts) = (0, Vec::new());
                for part in node.inputs.clone() {
                    let end = start + self.graph.shape(part).channels();
                    let (low, high) = (ranges[0].start.max(start), ranges[0].end.min(end));
                    if low < high {
                        let inside = with_channels(ranges, low - start..high - start);
                        parts.push(self.slice(part, &inside));
                    }
                    start = end;
                }
                self.concat(&parts)
            }
            _ => {
                let dims: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
                let shape = Shape::new(node.shape.batched, dims);
                self.intern(Op::Slice { ranges: ranges.to_vec() }, vec![x], shape)
            }
        }
    }

    /// A flattened concatenation, in which adjacent slices of one value are merged.
    fn concat(&mut self, inputs: &[ValueId]) -> ValueId {
        let mut flat: Vec<ValueId> = Vec::new();
        for &input in inputs {
            let node = self.graph.node(input);
            let parts = if node.op == Op::Concat { node.inputs.clone() } else { vec![input] };
            for part in parts {
                match flat.last().and_then(|&last| self.merged_slices(last, part)) {
                    Some((x, ranges)) => {
                        flat.pop();
                        flat.push(self.slice(x, &ranges));
                    }
                    None => flat.push(part),
                }
            }
        }
        if let [one] = flat[..] {
            return one;
        }
        let mut shape = self.graph.shape(flat[0]).clone();
        shape.dims[0] = flat.iter().map(|&part| self.graph.shape(part).channels()).sum();
        self.intern(Op::Concat, flat, shape)
    }

    /// The slice that two adjacent slices of one value make up.
    fn merged_slices(&self, a: ValueId, b: ValueId) -> Option<(ValueId, Vec<Range<usize>>)> {
        let (a, b) = (self.graph.node(a), self.graph.node(b));
        let (Op::Slice { ranges: first }, Op::Slice { ranges: second }) = (&a.op, &b.op) else {
            return None;
        };
        let neighbours = a.inputs == b.inputs && first[0].end == second[0].start && first[1..] == second[1..];
        neighbours.then(|| (a.inputs[0], with_channels(first, first[0].start..second[0].end)))
    }
}

/// The same slice with other channels.
fn with_channels(ranges: &[Range<usize>], channels: Range<usize>) -> Vec<Range<usize>> {
    let mut ranges = ranges.to_vec();
    ranges[0] = channels;
    ranges
}

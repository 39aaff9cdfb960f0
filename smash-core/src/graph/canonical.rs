//! Canonicalisation of graphs: equal networks have equal canonical forms, whatever the order in which they
//! were built and the names of their parameters (`docs/decisions/0007-canonical-graphs.md`).

mod rank;
mod simplify;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::{Graph, Node, Op, ValueId};

/// True for ops that commute and associate: their operands may stand in any order and grouping.
fn commutes(op: &Op) -> bool {
    matches!(op, Op::Add | Op::Mul)
}

impl Graph {
    /// The canonical form: `a.canonical() == b.canonical()` says that both are the same network up to the
    /// names of their parameters (graph isomorphism).
    ///
    /// - Dead nodes, which no output depends on, are eliminated; nodes that compute the same op on the same
    ///   operands are merged (common-subexpression elimination).
    /// - Identities are eliminated, such as whole slices, reshapes to the same extents and concatenations of
    ///   one value; slices of slices, slices of concatenations and concatenations of adjacent slices are
    ///   folded.
    /// - Sums and products of several values become chains in a fixed order.
    /// - Nodes are numbered from the outputs (in the order of their names) backwards, operands first.
    /// - Stored tensors are renamed `p0`, `p1`, … in the order of their first use. Slices of one tensor stay
    ///   slices of one tensor.
    ///
    /// Names of inputs and outputs, and the initialisation of parameters, count as part of the network. The
    /// form is meant for comparison: it computes the same up to rounding, but sums with a common part may no
    /// longer share it, and two batch norms of one value with the same statistics are merged, which updates
    /// these once.
    pub fn canonical(&self) -> Graph {
        self.canonical_with_names().0
    }

    /// The canonical form, and the canonical name of each stored tensor of this graph.
    pub fn canonical_with_names(&self) -> (Graph, BTreeMap<String, String>) {
        let simple = simplify::simplify(self);
        let mut numbering = Numbering {
            ranks: rank::ranks(&simple),
            placed: vec![None; simple.nodes.len()],
            simple: &simple,
            names: BTreeMap::new(),
            chains: HashMap::new(),
            graph: Graph::default(),
        };
        numbering.run();
        (numbering.graph, numbering.names)
    }
}

/// Rebuilds a simplified graph in canonical order.
struct Numbering<'a> {
    simple: &'a Graph,
    /// A rank for each node that does not depend on the order in which the graph was built.
    ranks: Vec<usize>,
    placed: Vec<Option<ValueId>>,
    names: BTreeMap<String, String>,
    /// Sums and products of two values that were placed before, to be reused.
    chains: HashMap<(&'static str, [ValueId; 2]), ValueId>,
    graph: Graph,
}

impl Numbering<'_> {
    fn run(&mut self) {
        for (name, output) in &self.simple.outputs {
            let mut stack = vec![(*output, false)];
            while let Some((id, operands_placed)) = stack.pop() {
                if self.placed[id.index()].is_some() {
                    continue;
                }
                let inputs = self.operands(id);
                if operands_placed {
                    let inputs = inputs.iter().filter_map(|input| self.placed[input.index()]).collect();
                    self.placed[id.index()] = Some(self.place(self.simple.node(id), inputs));
                } else {
                    stack.push((id, true));
                    stack.extend(inputs.iter().rev().map(|&input| (input, false)));
                }
            }
            if let Some(id) = self.placed[output.index()] {
                self.graph.outputs.push((name.clone(), id));
            }
        }
    }

    fn operands(&self, id: ValueId) -> Vec<ValueId> {
        let node = self.simple.node(id);
        let mut inputs = node.inputs.clone();
        if commutes(&node.op) {
            inputs.sort_by_key(|input| self.ranks[input.index()]);
        }
        inputs
    }

    fn place(&mut self, node: &Node, inputs: Vec<ValueId>) -> ValueId {
        let mut node = Node { inputs, ..node.clone() };
        if let Op::Parameter { index } = &mut node.op {
            let mut parameter = self.simple.parameters[*index].clone();
            let next = format!("p{}", self.names.len());
            parameter.name.clone_from(self.names.entry(parameter.name.clone()).or_insert(next));
            *index = self.graph.parameters.len();
            self.graph.parameters.push(parameter);
        }
        match node.inputs[..] {
            [first, ref rest @ ..] if commutes(&node.op) => {
                rest.iter().fold(first, |sum, &next| self.pair(&node, [sum, next]))
            }
            _ => self.push(node),
        }
    }

    fn pair(&mut self, node: &Node, pair: [ValueId; 2]) -> ValueId {
        let key = (node.op.name(), pair);
        if let Some(&known) = self.chains.get(&key) {
            return known;
        }
        let id = self.push(Node { inputs: pair.to_vec(), ..node.clone() });
        self.chains.insert(key, id);
        id
    }

    fn push(&mut self, node: Node) -> ValueId {
        self.graph.nodes.push(node);
        ValueId(self.graph.nodes.len() as u32 - 1)
    }
}

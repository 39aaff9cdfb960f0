//! The canonical form of a graph: equal for equal networks, however they were built and whatever their parameters
//! are called (`docs/decisions/0007-canonical-graphs.md`).

mod rank;
mod simplify;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::{Graph, Node, Op, ValueId};

/// True for ops whose operands may stand in any order and grouping.
fn commutes(op: &Op) -> bool {
    matches!(op, Op::Add | Op::Mul)
}

impl Graph {
    /// The canonical form: `a.canonical() == b.canonical()` says that both are the same network up to the names of
    /// their parameters.
    ///
    /// - What no output needs is gone, and nodes that compute the same from the same values are one node.
    /// - Whole slices, reshapes to the same extents, concatenations of one value and the like are gone; slices of
    ///   slices, slices of concatenations and concatenations of neighbouring slices are folded.
    /// - Sums and products of several values are chains in a fixed order.
    /// - Nodes are numbered from the outputs (in the order of their names) backwards, operands first.
    /// - Stored tensors are called `p0`, `p1`, … in the order of their first use. Boxes of one tensor stay so.
    ///
    /// Names of inputs and outputs, and how parameters start, count as part of the network. The form is for comparing:
    /// it computes the same up to rounding, but sums that shared a part may no longer share it, and two batch norms
    /// of one value with the same statistics are one, which updates these once.
    pub fn canonical(&self) -> Graph {
        self.canonical_with_names().0
    }

    /// The canonical form, and what each stored tensor of this graph is called there.
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

/// Writes a simplified graph anew in the canonical order.
struct Numbering<'a> {
    simple: &'a Graph,
    /// A number for each node that does not depend on how the graph was built.
    ranks: Vec<usize>,
    placed: Vec<Option<ValueId>>,
    names: BTreeMap<String, String>,
    /// Sums and products of two values that are there already.
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

//! Numbers for nodes that depend on the network only, not on the order of nodes, operands of sums, or names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::{Graph, Node, Op};
use super::commutes;

/// A different number for every node.
///
/// Colour refinement: a node's colour starts as what it computes and takes up the colours around it until no class of
/// equal colours splits any more. Nodes that are still alike are, as a rule, symmetric: which of them is made the
/// first does not matter. (Where it does, equal networks could get different forms; different ones never get the same.)
pub(super) fn ranks(graph: &Graph) -> Vec<usize> {
    let around = Around::new(graph);
    let mut colours = dense(&around.labels(graph));
    loop {
        refine(graph, &around, &mut colours);
        let Some(first) = first_of_a_class(&colours) else {
            return colours;
        };
        colours.iter_mut().for_each(|colour| *colour = 2 * *colour + 1);
        colours[first] -= 1;
    }
}

/// What surrounds each node beside its operands.
struct Around {
    /// Nodes that use the value, and as which operand.
    uses: Vec<Vec<(usize, usize)>>,
    /// Parameters that are boxes of the same stored tensor.
    boxes: Vec<Vec<usize>>,
}

impl Around {
    fn new(graph: &Graph) -> Self {
        let mut uses = vec![Vec::new(); graph.nodes.len()];
        let mut tensors: HashMap<&str, Vec<usize>> = HashMap::new();
        for (i, node) in graph.nodes.iter().enumerate() {
            for (position, input) in node.inputs.iter().enumerate() {
                uses[input.index()].push((i, if commutes(&node.op) { 0 } else { position }));
            }
            if let Op::Parameter { index } = node.op {
                tensors.entry(&graph.parameters[index].name).or_default().push(i);
            }
        }
        let mut boxes = vec![Vec::new(); graph.nodes.len()];
        for group in tensors.values().filter(|group| group.len() > 1) {
            group.iter().for_each(|&i| boxes[i].clone_from(group));
        }
        Self { uses, boxes }
    }

    /// What each node is, without the names of parameters.
    fn labels(&self, graph: &Graph) -> Vec<String> {
        let label = |(i, node): (usize, &Node)| {
            let outputs: Vec<&str> = graph
                .outputs
                .iter()
                .filter(|(_, id)| id.index() == i)
                .map(|(name, _)| name.as_str())
                .collect();
            let what = match &node.op {
                Op::Parameter { index } => {
                    let mut parameter = graph.parameters[*index].clone();
                    parameter.name.clear();
                    format!("{parameter:?} in {}", self.boxes[i].len())
                }
                op => format!("{op:?}"),
            };
            format!("{what} {:?} {outputs:?}", node.shape)
        };
        graph.nodes.iter().enumerate().map(label).collect()
    }
}

/// Splits classes until none splits any more. The order of classes that are there already is kept.
fn refine(graph: &Graph, around: &Around, colours: &mut Vec<usize>) {
    let mut classes = 0;
    loop {
        let signature = |i: usize| {
            let node = &graph.nodes[i];
            let mut inputs: Vec<usize> = node.inputs.iter().map(|input| colours[input.index()]).collect();
            if commutes(&node.op) {
                inputs.sort_unstable();
            }
            let mut uses: Vec<(usize, usize)> =
                around.uses[i].iter().map(|&(user, position)| (colours[user], position)).collect();
            uses.sort_unstable();
            let mut boxes: Vec<usize> = around.boxes[i].iter().map(|&other| colours[other]).collect();
            boxes.sort_unstable();
            (colours[i], inputs, uses, boxes)
        };
        let signatures: Vec<_> = (0..graph.nodes.len()).map(signature).collect();
        *colours = dense(&signatures);
        let now = colours.iter().max().map_or(0, |most| most + 1);
        if now == classes {
            return;
        }
        classes = now;
    }
}

/// The position of each value among the different values in ascending order.
fn dense<T: Ord>(values: &[T]) -> Vec<usize> {
    let different: BTreeSet<&T> = values.iter().collect();
    let positions: BTreeMap<&T, usize> = different.into_iter().zip(0..).collect();
    values.iter().map(|value| positions[value]).collect()
}

/// Any node of the first class that has more than one.
fn first_of_a_class(colours: &[usize]) -> Option<usize> {
    let mut first: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (i, &colour) in colours.iter().enumerate() {
        first.entry(colour).or_insert((i, 0)).1 += 1;
    }
    first.into_values().find(|&(_, count)| count > 1).map(|(i, _)| i)
}

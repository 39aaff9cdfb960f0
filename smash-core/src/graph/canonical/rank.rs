//! Canonical ranks of nodes: they depend on the network only, not on the order of nodes, operands of sums, or
//! names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::{Graph, Node, Op};
use super::commutes;

/// A distinct rank for every node.
///
/// Colour refinement (Weisfeiler–Leman): a node's colour starts as its op and is refined by the colours of
/// its neighbours until no class of equal colours splits any more. Nodes that remain equal are, as a rule,
/// symmetric: which of them is ranked first does not matter. (Where it does, equal networks could get
/// different forms; different ones never get the same.)
pub(super) fn ranks(graph: &Graph) -> Vec<usize> {
    let neighbourhood = Neighbourhood::new(graph);
    let mut colours = dense_ranks(&neighbourhood.labels(graph));
    loop {
        refine(graph, &neighbourhood, &mut colours);
        let Some(first) = first_tied_node(&colours) else {
            return colours;
        };
        colours.iter_mut().for_each(|colour| *colour = 2 * *colour + 1);
        colours[first] -= 1;
    }
}

/// The neighbourhood of each node besides its operands.
struct Neighbourhood {
    /// Users of the value, with the operand position.
    uses: Vec<Vec<(usize, usize)>>,
    /// Parameters that are slices of the same stored tensor.
    boxes: Vec<Vec<usize>>,
}

impl Neighbourhood {
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

    /// The initial colour of each node: its op, shape and outputs, without the names of parameters.
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

/// Refines classes until none splits any more. The order of existing classes is kept.
fn refine(graph: &Graph, neighbourhood: &Neighbourhood, colours: &mut Vec<usize>) {
    let mut classes = 0;
    loop {
        let signature = |i: usize| {
            let node = &graph.nodes[i];
            let mut inputs: Vec<usize> = node.inputs.iter().map(|input| colours[input.index()]).collect();
            if commutes(&node.op) {
                inputs.sort_unstable();
            }
            let mut uses: Vec<(usize, usize)> =
                neighbourhood.uses[i].iter().map(|&(user, position)| (colours[user], position)).collect();
            uses.sort_unstable();
            let mut boxes: Vec<usize> = neighbourhood.boxes[i].iter().map(|&other| colours[other]).collect();
            boxes.sort_unstable();
            (colours[i], inputs, uses, boxes)
        };
        let signatures: Vec<_> = (0..graph.nodes.len()).map(signature).collect();
        *colours = dense_ranks(&signatures);
        let now = colours.iter().max().map_or(0, |most| most + 1);
        if now == classes {
            return;
        }
        classes = now;
    }
}

/// Dense ranks: the position of each value among the distinct values in ascending order.
fn dense_ranks<T: Ord>(values: &[T]) -> Vec<usize> {
    let different: BTreeSet<&T> = values.iter().collect();
    let positions: BTreeMap<&T, usize> = different.into_iter().zip(0..).collect();
    values.iter().map(|value| positions[value]).collect()
}

/// The first node of the first class that holds more than one.
fn first_tied_node(colours: &[usize]) -> Option<usize> {
    let mut first: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (i, &colour) in colours.iter().enumerate() {
        first.entry(colour).or_insert((i, 0)).1 += 1;
    }
    first.into_values().find(|&(_, count)| count > 1).map(|(i, _)| i)
}

//! The parameters and multiply-accumulates that the authors' reports give for a retrained network (section 6.4). They
//! leave out what is the same or small everywhere, so they are not [`Graph::count`], but differ from it by named terms.

use smash_core::graph::{Graph, Op, Role};
use smash_core::space::Network;

use super::*;

/// Classes of the output layer, whatever the task has.
const CLASSES: usize = 100;
/// Extent of the images of each block, whatever the task has.
const EXTENTS: [usize; BLOCKS] = [32, 16, 8];

/// What the reports say of one architecture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reported {
    pub(super) params: usize,
    pub(super) macs: usize,
}

/// Banks that hold something at the end of block `b`.
pub(super) fn banks_at_end(settings: &Settings, b: usize, block: &Block) -> usize {
    let written = block.ops.iter().flat_map(|op| &op.writes).max().map_or(0, |bank| bank + 1);
    written.max(settings.limits(b, block.bank, 1.0).initial)
}

/// Counts as section 6.4 does: a batch norm is one parameter a channel and no multiplication, the second norm of an op,
/// the stem and the bias are nothing, and transitions and output cost parameters only.
pub(super) fn reported(settings: &Settings, choices: &Choices) -> Reported {
    let inputs = settings.inputs();
    let mut sum = Reported::default();
    for (b, block) in choices.blocks.iter().enumerate() {
        let bank = block.bank * settings.unit;
        for op in &block.ops {
            let read = op.reads.len() * bank;
            let output = op.width * settings.unit;
            let inner = settings.bottleneck(Network::Standalone, read, op.width);
            let conv = |(j, conv): (usize, &Option<Conv>)| {
                let input = if j.is_multiple_of(2) { inner } else { output };
                conv.as_ref().map(|c| input * output * c.kernel.iter().product::<usize>() / c.groups)
            };
            let weights = read * inner + op.convs.iter().enumerate().filter_map(conv).sum::<usize>();
            sum.params += read + weights;
            sum.macs += EXTENTS[b].pow(2) * weights;
        }
        let last = banks_at_end(settings, b, block) * bank;
        sum.params += last + last * inputs.get(b + 1).copied().unwrap_or(CLASSES);
    }
    sum
}

/// Learned values and multiply-accumulates of the convolutions and linear layers whose weight's name contains `part`.
fn counted(graph: &Graph, part: &str) -> (usize, usize) {
    let weights = graph.parameters.iter().filter(|p| p.role == Role::Weight && p.name.contains(part));
    let params = weights.map(|p| p.dims().iter().product::<usize>()).sum();
    let macs = graph.nodes.iter().filter_map(|node| {
        let weight = node.inputs.get(1).map(|&w| graph.node(w))?;
        let Op::Parameter { index } = weight.op else { return None };
        let multiplies = matches!(node.op, Op::Conv { .. } | Op::Linear);
        (multiplies && graph.parameters[index].name.contains(part))
            .then(|| node.shape.len() * weight.shape.len() / weight.shape.channels())
    });
    (params, macs.sum())
}

#[test]
fn reports_and_graphs_differ_by_what_reports_leave_out() {
    let hundred = Task { classes: CLASSES, ..images() };
    for ops in [Ops::Single, Ops::Variable] {
        let space = authors(ops).build(&hundred).unwrap();
        for seed in 0..20 {
            let architecture = draw(&space, seed, 1.0);
            let graph = space.build(&architecture, Network::Standalone).unwrap();
            let part = |name| counted(&graph, name);
            let (all, stem, transitions, output) =
                (part(""), part("stem"), part("transition"), part("output"));
            let report = reported(space.settings(), &space.choices(&architecture).unwrap());
            // The graph has γ and β, a second norm in every op, the stem and the output's bias.
            let bias = CLASSES;
            let half = (part("norm").0 - part("norm1").0) / 2;
            assert_eq!(report.params, all.0 - stem.0 - bias - part("norm1").0 - half, "seed {seed}");
            assert_eq!(report.macs, all.1 - stem.1 - transitions.1 - output.1, "seed {seed}");
        }
    }
}

//! Parameters and multiply-accumulates as the authors report them for a retrained network (section 6.4).
//! Their reports leave out terms that are constant or small, so they differ from `Graph::count` by named
//! terms.

use smash_core::graph::Role;
use smash_core::space::WeightScheme;

use super::*;

/// Classes of the output layer in the reports, for any task.
const CLASSES: usize = 100;
/// Image extent of each block in the reports, for any task.
const EXTENTS: [usize; BLOCKS] = [32, 16, 8];

/// The reported figures of one architecture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reported {
    pub(super) params: usize,
    pub(super) macs: usize,
}

/// Counts as in section 6.4: a batch norm is one parameter per channel and no multiplication; the second norm
/// of an op, the stem and the bias do not count; transitions and output count as parameters only.
pub(super) fn reported(settings: &Settings, choices: &Choices) -> Reported {
    let inputs = settings.inputs();
    let mut sum = Reported::default();
    for (b, block) in choices.blocks.iter().enumerate() {
        let bank = block.bank * settings.unit;
        for op in &block.ops {
            let read = op.reads.len() * bank;
            let output = op.width * settings.unit;
            let inner = settings.bottleneck(WeightScheme::Standalone, read, op.width);
            let conv = |(j, conv): (usize, &Option<Conv>)| {
                let input = if j.is_multiple_of(2) { inner } else { output };
                conv.as_ref().map(|c| input * output * c.kernel.iter().product::<usize>() / c.groups)
            };
            let weights = read * inner + op.convs.iter().enumerate().filter_map(conv).sum::<usize>();
            sum.params += read + weights;
            sum.macs += EXTENTS[b].pow(2) * weights;
        }
        let last = block.banks(settings.limits(b, block.bank, 1.0).initial) * bank;
        sum.params += last + last * inputs.get(b + 1).copied().unwrap_or(CLASSES);
    }
    sum
}

#[test]
fn reports_and_graphs_differ_by_what_reports_leave_out() {
    let hundred = Task { classes: CLASSES, ..images() };
    for ops in [Ops::Single, Ops::Variable] {
        let space = authors(ops).build(&hundred).unwrap();
        for seed in 0..20 {
            let architecture = draw(&space, seed, 1.0);
            let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
            let parts = graph.count_parts();
            let stem = parts.iter().find(|p| p.part == "stem").unwrap().params;
            let blocks = parts.iter().filter(|p| p.part.starts_with("block"));
            let norms = |name: &str| {
                let weights =
                    graph.parameters.iter().filter(|p| p.role == Role::Weight && p.name.contains(name));
                weights.map(|p| p.dims().iter().product::<usize>() as u64).sum::<u64>()
            };
            // The graph also has the stem, the output's bias, a second norm in every op, and both γ and β in
            // every other norm.
            let (bias, second) = (CLASSES as u64, norms("norm1"));
            let left_out = stem + bias + second + (norms("norm") - second) / 2;
            let report = reported(space.settings(), &space.choices(&architecture).unwrap());
            assert_eq!(report.params as u64, graph.count().params - left_out, "seed {seed}");
            assert_eq!(report.macs as u64, blocks.map(|p| p.macs).sum::<u64>(), "seed {seed}");
        }
    }
}

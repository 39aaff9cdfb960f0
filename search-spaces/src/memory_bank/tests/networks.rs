//! Consistency of networks and their encodings.

use std::collections::HashMap;

use smash_core::graph::{Graph, Role, Source};
use smash_core::space::WeightScheme;
use smash_core::space::bind_generated;

use smallvec::smallvec;

use super::*;

pub(super) fn check_one_shot(
    space: &MemoryBank,
    architecture: &Architecture,
    stored: &mut HashMap<String, Vec<usize>>,
) {
    let graph = space.build(architecture, WeightScheme::OneShot).unwrap();
    let description = space.describe(architecture).unwrap();
    let plane = space.plane();
    assert_eq!(description.plane.len(), plane.channels * plane.rows * description.columns);
    let matrix = [description.columns * plane.cell.inputs, plane.rows * plane.cell.outputs];

    let generated: Vec<_> = graph.parameters.iter().filter(|p| p.source == Source::Generated).collect();
    assert_eq!(generated.len(), description.slices.len());
    let mut next = 0;
    for (parameter, slice) in generated.iter().zip(&description.slices) {
        assert_eq!(parameter.name, slice.parameter);
        assert_eq!(parameter.dims()[..2], [slice.columns.len(), slice.rows.len()]);
        assert!(parameter.dims()[2..].iter().all(|&d| d == 1));
        // Disjoint rows, one op after another, each starting at a column of the plane.
        assert_eq!(slice.rows.start, next);
        assert_eq!(slice.rows.start % plane.cell.inputs, 0);
        next = slice.rows.end;
        assert!(slice.rows.end <= matrix[0] && slice.columns.end <= matrix[1]);
    }
    assert_eq!(next.div_ceil(plane.cell.inputs) + 1, description.columns);
    bind_generated(&graph, &description, matrix, |_| 1.0).unwrap();

    for p in graph.parameters.iter().filter(|p| p.source != Source::Generated) {
        assert_eq!(p.source, Source::Shared, "{}", p.name);
        assert!(p.name.starts_with("shared."));
        // Weight sharing: all architectures use the same tensor, of one shape.
        assert_eq!(stored.entry(p.name.clone()).or_insert_with(|| p.stored.clone()), &p.stored, "{}", p.name);
    }
}

pub(super) fn check_standalone(space: &MemoryBank, architecture: &Architecture) -> Graph {
    let graph = space.build(architecture, WeightScheme::Standalone).unwrap();
    let mut names: Vec<&str> = graph.parameters.iter().map(|p| p.name.as_str()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "names are unique");
    for p in &graph.parameters {
        assert!(p.source == Source::Own && p.is_whole() && p.name.starts_with("model."), "{}", p.name);
        let buffer = p.name.ends_with(".mean") || p.name.ends_with(".var");
        assert_eq!(p.role == Role::Buffer, buffer, "{}", p.name);
    }
    graph
}

#[test]
fn every_sample_builds_in_both_modes() {
    let mut all = spaces();
    all.push(preset(Preset::SmashV1).build(&images()).unwrap());
    all.push(preset(Preset::SmashV2).build(&images()).unwrap());
    for space in all {
        let mut stored = HashMap::new();
        for seed in 0..25 {
            let architecture = draw(&space, seed, if seed % 2 == 0 { 1.0 } else { 0.0 });
            check_one_shot(&space, &architecture, &mut stored);
            let graph = check_standalone(&space, &architecture);
            let logits = graph.output("logits").unwrap();
            assert!(graph.shape(logits).batched);
            assert_eq!(graph.shape(logits).dims, [10]);
        }
    }
}

#[test]
fn extents_and_ranks() {
    let cases: [&[usize]; 9] =
        [&[8, 8], &[16, 16], &[33, 20], &[96, 96], &[1, 7], &[64], &[5], &[8, 8, 8], &[16, 12, 5]];
    for extents in cases {
        for ops in [Ops::Single, Ops::Variable] {
            let config = MemoryBankConfig { ops: Some(ops), ..Default::default() };
            let space = config.build(&task(2, extents)).unwrap();
            let mut stored = HashMap::new();
            for seed in 0..5 {
                let architecture = draw(&space, seed, 1.0);
                check_one_shot(&space, &architecture, &mut stored);
                check_standalone(&space, &architecture);
            }
        }
    }
}

#[test]
fn one_shot_and_standalone_have_the_same_convolutions() {
    for space in spaces() {
        for seed in 0..20 {
            let architecture = draw(&space, seed, 1.0);
            let macs = |network| space.build(&architecture, network).unwrap().count().macs;
            assert_eq!(macs(WeightScheme::OneShot), macs(WeightScheme::Standalone));
        }
    }
}

#[test]
fn tiny_stays_within_its_budget() {
    let space = MemoryBankConfig::default().build(&images()).unwrap();
    let macs =
        |seed| space.build(&draw(&space, seed, 1.0), WeightScheme::Standalone).unwrap().count().macs as f64;
    let mean = (0..200).map(macs).sum::<f64>() / 200.0;
    assert!((20e6..32e6).contains(&mean), "{mean}");
}

#[test]
fn the_presets_of_the_paper_stay_within_its_budget() {
    // Networks of up to 16M parameters; samples of the first space rarely have more than 5M.
    for (p, most, mean) in [(Preset::SmashV1, 16e6, 3e6..5e6), (Preset::SmashV2, 16e6, 5e6..8e6)] {
        let space = preset(p).build(&images()).unwrap();
        let params =
            |seed| space.build(&draw(&space, seed, 1.0), WeightScheme::Standalone).unwrap().count().params;
        let params: Vec<f64> = (0..300).map(|seed| params(seed) as f64).collect();
        assert!(params.iter().all(|n| *n <= most), "{p:?}: {params:?}");
        assert!(mean.contains(&(params.iter().sum::<f64>() / 300.0)), "{p:?}");
        let large = params.iter().filter(|n| **n > 5e6).count();
        assert!(p != Preset::SmashV1 || large < 40, "{large} of 300 have more than 5M parameters");
    }
}

#[test]
fn an_outline_says_how_much_of_each_limit_is_used() {
    for space in spaces() {
        for seed in 0..20 {
            let architecture = draw(&space, seed, 1.0);
            let outline = space.outline(&architecture).unwrap();
            let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
            let parts: Vec<String> = graph.count_parts().into_iter().map(|p| p.part).collect();
            assert_eq!(outline.len(), BLOCKS);
            for (b, part) in outline.iter().enumerate() {
                assert!(parts.contains(&part.part), "{} in {parts:?}", part.part);
                let figure = |name| part.figures.iter().find(|f| f.name == name).unwrap();
                for name in ["banks", "read channels"] {
                    let found = figure(name);
                    assert!(found.value <= found.limit.unwrap(), "{found:?}");
                }
                assert!(figure("read channels").limit.unwrap() <= space.settings().budgets()[b]);
                let width = figure("banks").value * figure("bank channels").value;
                let norms = if b + 1 < BLOCKS { format!("transition{b}") } else { "output".to_owned() };
                let gamma = graph.parameters.iter().find(|p| p.name == format!("model.{norms}.norm.gamma"));
                assert_eq!(gamma.unwrap().dims(), [width]);
            }
            // The read channels are those that the HyperNet generates weights for.
            let read: usize = outline
                .iter()
                .flat_map(|p| &p.figures)
                .filter(|f| f.name == "read channels")
                .map(|f| f.value)
                .sum();
            let columns = space.describe(&architecture).unwrap().columns - 1;
            assert_eq!(read, columns * space.plane().cell.inputs);
        }
    }
}

#[test]
fn tiny_3d_halves_voxels_at_once_and_stays_within_its_budget() {
    let space = preset(Preset::Tiny3d).build(&task(1, &[32, 32, 32])).unwrap();
    let graphs: Vec<Graph> = (0..200)
        .map(|seed| space.build(&draw(&space, seed, 1.0), WeightScheme::Standalone).unwrap())
        .collect();
    let mean = graphs.iter().map(|graph| graph.count().macs as f64).sum::<f64>() / 200.0;
    assert!((50e6..300e6).contains(&mean), "{mean}");
    for graph in graphs {
        let mut extents: Vec<&[usize]> = Vec::new();
        for node in graph.nodes.iter().filter(|node| node.shape.batched && node.shape.dims.len() == 4) {
            if extents.last() != Some(&&node.shape.dims[1..]) {
                extents.push(&node.shape.dims[1..]);
            }
        }
        assert_eq!(extents, [[32; 3], [16; 3], [8; 3], [4; 3]]);
    }
}

#[test]
fn the_plane_says_what_an_op_is() {
    // Section 4.2's example: N = 8, D = 2, bs = 3, reads {0, 2}, g = 6.
    let config = MemoryBankConfig { width: Some(6), ops: Some(Ops::Variable), ..reference() };
    let space = config.build(&images()).unwrap();
    let conv = Conv { kernel: smallvec![5, 3], dilation: smallvec![2, 1], groups: 4 };
    let op =
        Operation { reads: vec![0, 2], writes: vec![1, 4], width: 6, convs: [Some(conv), None, None, None] };
    let empty = |bank| Block { bank, ops: Vec::new() };
    let choices = Choices { blocks: vec![Block { bank: 3, ops: vec![op] }, empty(1), empty(1)] };
    let description = space.describe(&space.architecture(&choices).unwrap()).unwrap();
    assert_eq!((description.columns, description.slices.len()), (4, 1));

    let (rows, layout) = (space.plane().rows, layout::Layout::new(space.settings(), 2, 1.0));
    let mut expected: HashMap<usize, std::ops::Range<usize>> = HashMap::new();
    // Bank 0 fills column 0 and half of column 1, bank 2 the rest: column 1 names both.
    expected.insert(layout.read.start, 0..2);
    expected.insert(layout.read.start + 2, 1..3);
    let fields = [
        layout.write.start + 1,
        layout.write.start + 4,
        layout.block.start,
        layout.width.start + 5,
        layout.dilation[0][0].start + 1,
        layout.dilation[0][1].start,
        layout.kernel[0][0].start + 1,
        layout.kernel[0][1].start,
        layout.mask.start,
        layout.groups[0].start + 2,
    ];
    expected.extend(fields.map(|channel| (channel, 0..3)));
    for channel in 0..layout.channels {
        for row in 0..rows {
            for column in 0..4 {
                let set = row < 6 && expected.get(&channel).is_some_and(|columns| columns.contains(&column));
                let value = description.plane[(channel * rows + row) * 4 + column];
                assert_eq!(
                    value,
                    if set { 1.0 } else { -1.0 },
                    "channel {channel} row {row} column {column}"
                );
            }
        }
    }
}

#[test]
fn kernels_are_cut_from_the_centre_and_channels_from_the_front() {
    let space = reference().build(&images()).unwrap();
    let conv = Conv { kernel: smallvec![5, 3], dilation: smallvec![1, 1], groups: 4 };
    let op =
        Operation { reads: vec![0, 1], writes: vec![3], width: 2, convs: [Some(conv), None, None, None] };
    let empty = |bank| Block { bank, ops: Vec::new() };
    let choices = Choices { blocks: vec![Block { bank: 2, ops: vec![op] }, empty(1), empty(1)] };
    let graph = space.build(&space.architecture(&choices).unwrap(), WeightScheme::OneShot).unwrap();
    let weight = graph.parameters.iter().find(|p| p.name == "shared.block0.conv0.weight").unwrap();
    assert_eq!(weight.stored, [64, 64, 7, 7]);
    // 32 channels are read, so the 1×1 makes 32 (two widths of 16); four groups take the first 8.
    assert_eq!(weight.slice, [0..16, 0..8, 1..6, 2..5]);
}

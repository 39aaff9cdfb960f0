//! The switches of the mode `reference`, one by one. The golden fixtures test them together.

use smash_core::graph::Role;
use smash_core::smash::HyperNetConfig;
use smash_core::space::WeightScheme;
use smash_core::space::bind_generated;

use super::*;

fn layout(config: &MemoryBankConfig, p: f64) -> layout::Layout {
    layout::Layout::new(&config.resolve().unwrap(), 2, p)
}

#[test]
fn fields_move_while_kernels_are_annealed() {
    for (ops, convs, channels) in [(Ops::Single, 1, 91), (Ops::Variable, 4, 143)] {
        let fixed = layout(&MemoryBankConfig { ops: Some(ops), ..reference() }, 0.0);
        for (p, sizes) in [(0.0, 1), (0.2, 1), (0.25, 2), (0.5, 2), (0.75, 3), (1.0, 3)] {
            let now = layout(&authors(ops), p);
            assert_eq!((now.channels, fixed.channels), (channels, channels));
            assert_eq!(now.kernel[convs - 1][1].len(), sizes);
            // Two axes of every convolution precede the mask; the groups also start one channel early.
            let missing = (3 - sizes) * 2 * convs;
            assert_eq!(now.mask.start + missing, fixed.mask.start);
            for (now, fixed) in now.groups.iter().zip(&fixed.groups) {
                assert_eq!((now.start + missing + 1, now.len()), (fixed.start, fixed.len()));
            }
        }
    }
}

#[test]
fn planes_of_training_are_those_of_the_search_only_in_the_end() {
    let space = authors(Ops::Single).build(&images()).unwrap();
    let architecture = draw(&space, 3, 0.0);
    let [start, end, search] = [
        space.describe_at(&architecture, 0.0).unwrap(),
        space.describe_at(&architecture, 0.5).unwrap(),
        space.describe(&architecture).unwrap(),
    ];
    assert_eq!(end, search);
    assert_ne!(start.plane, end.plane);
    let space = reference().build(&images()).unwrap();
    assert_eq!(space.describe_at(&architecture, 0.0).unwrap(), space.describe(&architecture).unwrap());
}

/// True if an op, described alone, sets cells beyond its own columns.
fn spills(settings: &Settings, b: usize, bank: usize, op: &Operation) -> bool {
    let mut blocks: Vec<Block> = (0..BLOCKS).map(|_| Block { bank, ops: Vec::new() }).collect();
    blocks[b].ops.push(op.clone());
    let layout = layout::Layout::new(settings, 2, 1.0);
    let description = describe::describe(settings, &layout, &Choices { blocks });
    // The last column lies beyond the op.
    description.plane.chunks(description.columns).any(|row| row.last() == Some(&1.0))
}

#[test]
fn descriptions_spill_as_often_as_the_authors() {
    // Section 4.2 #4. Whether an op spills depends on its bank size, which all ops of a block share: the
    // shares are less certain than the number of ops suggests, and the sample size of the stated ones is
    // unknown.
    for (compression, stated) in [(2, 0.0), (3, 0.25), (4, 0.44)] {
        let with = |mode| MemoryBankConfig {
            compression: Some(compression),
            mode: Some(mode),
            ..authors(Ops::Variable)
        };
        let space = with(Mode::Reference).build(&images()).unwrap();
        let repaired = with(Mode::Fixed).resolve().unwrap();
        let (mut ops, mut spilled) = (0, 0);
        for seed in 0..400 {
            let choices = space.choices(&draw(&space, seed, 1.0)).unwrap();
            for (b, block) in choices.blocks.iter().enumerate() {
                for op in &block.ops {
                    ops += 1;
                    if spills(space.settings(), b, block.bank, op) {
                        spilled += 1;
                        assert!(!spills(&repaired, b, block.bank, op));
                    }
                }
            }
        }
        let share = spilled as f64 / ops as f64;
        println!("D = {compression}: {share:.3} of {ops} ops, stated {stated}");
        assert!((share - stated).abs() < 0.05, "D = {compression}: {share}, stated {stated}");
    }
}

#[test]
fn every_sample_builds_and_its_matrix_fits() {
    let wider = MemoryBankConfig { max_bottleneck: Some(2), ..reference() };
    let tight = MemoryBankConfig { compression: Some(4), ..authors(Ops::Variable) };
    let constant = MemoryBankConfig { mode: Some(Mode::Reference), ..preset(Preset::SmashV1) };
    let mut narrower = 0;
    for config in [wider, authors(Ops::Single), authors(Ops::Big), tight, constant] {
        let space = config.build(&images()).unwrap();
        for seed in 0..10 {
            let architecture = draw(&space, seed, 1.0);
            let graph = space.build(&architecture, WeightScheme::OneShot).unwrap();
            let description = space.describe_at(&architecture, 0.3).unwrap();
            let plane = space.plane();
            let matrix = [description.columns * plane.cell.inputs, plane.rows * plane.cell.outputs];
            bind_generated(&graph, &description, matrix, |_| 1.0).unwrap();
            let own = space.build(&architecture, WeightScheme::Standalone).unwrap();
            if own.count().macs > graph.count().macs {
                assert_eq!(config.mode, Some(Mode::Reference));
                narrower += 1;
            }
        }
    }
    assert!(
        narrower > 20,
        "the one-shot network of the authors is narrower than what is retrained: {narrower}"
    );
}

#[test]
fn the_hypernet_is_as_large_as_the_authors() {
    // Section 3.4.
    for (ops, width, size) in
        [(Ops::Single, 4, 582_541), (Ops::Variable, 4, 795_858), (Ops::Variable, 12, 1_450_546)]
    {
        let config = MemoryBankConfig { width: Some(width), ..authors(ops) };
        let plane = config.build(&images()).unwrap().plane();
        assert_eq!(HyperNetConfig::default().build(plane, 3).unwrap().count().params, size);
    }
}

#[test]
fn a_norm_before_each_convolution() {
    let count = |norm| {
        let space = MemoryBankConfig { norm: Some(norm), ops: Some(Ops::Big), ..reference() }
            .build(&images())
            .unwrap();
        let architecture = draw(&space, 1, 1.0);
        let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
        let ops = space.choices(&architecture).unwrap().blocks.iter().map(|b| b.ops.len()).sum::<usize>();
        let buffers = graph.parameters.iter().filter(|p| p.role == Role::Buffer).count();
        (ops, buffers / 2)
    };
    // Two transitions and the output have one norm each.
    let (ops, norms) = count(Norm::Sandwich);
    assert_eq!(norms, 3 + 2 * ops);
    let (ops, norms) = count(Norm::Full);
    assert_eq!(norms, 3 + 5 * ops);
}

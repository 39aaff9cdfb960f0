//! Architectures that use the whole budget of every block.

use std::collections::HashMap;

use smash_backend_native::NativeBackend;
use smash_core::backend::{Backend, Feed, Fetch, Mode, Optimizer, StepGroup};
use smash_core::smash::HyperNetConfig;
use smash_core::space::WeightScheme;
use smash_core::space::{GENERATED, bind_generated};
use smash_core::tensor::Tensor;
use smash_core::train::{self, initialize, weights};

use super::networks::{check_one_shot, check_standalone};
use super::*;

/// An architecture whose ops read every slice of the budget of each block.
fn spending_everything(space: &MemoryBank, seed: u64) -> Choices {
    let (settings, mut random) = (space.settings(), Seed::new(seed).random());
    let sampler = draw::ConvSampler::new(settings, 2, 1.0);
    let mut block = |b| {
        let limits = settings.limits(b, 1, 1.0);
        let mut ops = Vec::new();
        let mut left = limits.slices;
        while left > 0 {
            let most = limits.max_reads(limits.slices - left).min(limits.initial) / limits.step * limits.step;
            left -= limits.slices_of(most);
            let convs = draw::mask(&mut random, settings).map(|on| on.then(|| sampler.conv(&mut random)));
            ops.push(Operation { reads: (0..most).collect(), writes: vec![0], width: 1, convs });
        }
        Block { bank: 1, ops }
    };
    Choices { blocks: (0..settings::BLOCKS).map(&mut block).collect() }
}

/// One training step on a batch of two; the one-shot network trains together with a small HyperNet.
fn train_one_step(space: &MemoryBank, architecture: &Architecture, scheme: WeightScheme) {
    let mut backend = NativeBackend::new("auto", 1).unwrap();
    let mut graph = space.build(architecture, scheme).unwrap();
    let mut names = Vec::new();
    let mut hypernet = None;
    if scheme == WeightScheme::OneShot {
        let (spec, description) = (space.plane(), space.describe(architecture).unwrap());
        let matrix = [description.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
        graph = bind_generated(&graph, &description, matrix, |_| 1.0).unwrap();
        let config = HyperNetConfig { first: 2, growth: 2, stages: vec![1, 1], ..Default::default() };
        let writer = config.build(spec, description.columns).unwrap();
        initialize(&mut backend, &writer, Seed::new(1)).unwrap();
        names.extend(weights(&writer));
        let plan = backend.compile(&writer).unwrap();
        let mut plane = vec![0.0; spec.rows * description.columns];
        plane.extend(description.plane);
        let plane = Tensor::new(vec![1 + spec.channels, spec.rows, description.columns], plane).unwrap();
        let inputs = [("plane", Feed::Host(&plane))];
        backend.run(plan, Mode::Train, &inputs, &[("generated", Fetch::Device("w"))]).unwrap();
        hypernet = Some(plan);
    }
    initialize(&mut backend, &graph, Seed::new(2)).unwrap();
    names.extend(weights(&graph));
    let plan = train::Classifier::compile(&mut backend, graph).unwrap().plan();
    let x = Tensor::full(&[&[2, space.task().channels], &space.task().extents[..]].concat(), 0.5);
    let labels = Tensor::new(vec![2], vec![0.0, 1.0]).unwrap();
    let mut inputs = vec![("x", Feed::Host(&x)), ("labels", Feed::Host(&labels))];
    inputs.extend(hypernet.map(|_| (GENERATED, Feed::Device("w"))));
    let loss = backend.run(plan, Mode::Train, &inputs, &[("loss", Fetch::Host)]).unwrap();
    assert!(loss[0].as_ref().is_some_and(Tensor::is_finite));
    let one = Tensor::scalar(1.0);
    let wanted: Vec<_> = hypernet.map(|_| (GENERATED, Fetch::Device("dw"))).into_iter().collect();
    backend.backward(plan, &[("loss", Feed::Host(&one))], &wanted).unwrap();
    if let Some(hypernet) = hypernet {
        backend.backward(hypernet, &[("generated", Feed::Device("dw"))], &[]).unwrap();
    }
    let optimizer = Optimizer::Sgd { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 1e-4 };
    let step = backend.step(&[StepGroup { parameters: names, optimizer }], None).unwrap();
    assert!(step.applied, "{scheme:?}");
}

/// The authors' code fails on these: it allocates as many columns as the budgets hold, but needs one more.
#[test]
fn full_budget() {
    let mut all = spaces();
    all.push(preset(Preset::SmashV1).build(&images()).unwrap());
    all.push(preset(Preset::SmashV2).build(&images()).unwrap());
    for space in all {
        let slices: usize = (0..settings::BLOCKS).map(|b| space.settings().limits(b, 1, 1.0).slices).sum();
        let mut stored = HashMap::new();
        let choices = spending_everything(&space, 1);
        // `architecture` validates; one slice more is rejected.
        let architecture = space.architecture(&choices).unwrap();
        assert_eq!(space.describe(&architecture).unwrap().columns, slices + 1);
        check_one_shot(&space, &architecture, &mut stored);
        check_standalone(&space, &architecture);
        let mut over = choices;
        let last = over.blocks[2].ops[0].clone();
        over.blocks[2].ops.push(last);
        assert!(space.architecture(&over).unwrap_err().to_string().contains("slices left"));

        // Mutation, too, may use the whole budget but not more.
        let mut random = Seed::new(2).random();
        for rate in [0.05, 1.0] {
            let neighbour = space.mutate(&architecture, &mut random, rate).unwrap();
            check_one_shot(&space, &neighbour, &mut stored);
        }
    }
}

/// Architectures that the authors' code cannot allocate train here.
#[test]
fn full_budget_trains() {
    let space = MemoryBankConfig::default().build(&task(2, &[8, 8])).unwrap();
    let architecture = space.architecture(&spending_everything(&space, 3)).unwrap();
    for network in [WeightScheme::OneShot, WeightScheme::Standalone] {
        train_one_step(&space, &architecture, network);
    }
}

//! ResNet, DenseNet and FractalNet blocks are special cases of memory banks: the network of each table is the
//! block written directly, with the same outputs and gradients.

mod direct;

use std::collections::BTreeMap;

use smash_backend_native::NativeConfig;
use smash_core::backend::{Backend, Feed, Fetch, InputGradient, Mode};
use smash_core::graph::{Graph, Init, Parameter, Role};
use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_search_spaces::memory_bank::blocks::{Form, densenet_block, fractalnet_block, resnet_block};
use smash_search_spaces::memory_bank::{Axes, Block, Choices, Conv, MemoryBank, MemoryBankConfig, Ops};

use direct::{Direct, direct_fractal};

/// Spatial ranks 1, 2 and 3.
const EXTENTS: [&[usize]; 3] = [&[9], &[6, 5], &[4, 3, 4]];
const UNIT: usize = 4;
const BATCH: usize = 5;

fn space(extents: &[usize]) -> MemoryBank {
    let config = MemoryBankConfig {
        unit: Some(UNIT),
        max_width: Some(16),
        width: Some(2),
        depth: Some(8),
        bottleneck: Some(1),
        ops: Some(Ops::Variable),
        ..Default::default()
    };
    config.build(&Task { channels: 3, extents: extents.to_vec(), classes: 10 }).unwrap()
}

/// One convolution of 3 taps per axis, and one of 5 after it with two groups.
fn forms(bank: usize, inputs: usize, rank: usize) -> [Form; 2] {
    let one = Form::new(bank, inputs, &vec![3; rank]);
    let mut two = one.clone();
    two.convs[1] =
        Some(Conv { kernel: Axes::from_elem(5, rank), dilation: Axes::from_elem(1, rank), groups: 2 });
    [one, two]
}

fn of_table(form: &Form, extents: &[usize], block: &Block) -> Graph {
    space(extents).build_block(block, form.inputs * form.bank * UNIT, WeightScheme::Standalone).unwrap()
}

/// The last bank of the block's output.
fn last_bank(mut graph: Graph, form: &Form) -> Graph {
    let y = graph.output("y").unwrap();
    graph.outputs.clear();
    let mut b = graph.extend();
    let channels = b.shape(y).channels();
    let last = b.channels(y, channels - form.bank * UNIT..channels).unwrap();
    b.finish([("y", last)])
}

fn random(name: &str, shape: &[usize], low: f64, high: f64) -> Tensor {
    let mut random = Seed::new(3).split(name).random();
    let mut tensor = Tensor::zeros(shape);
    tensor.data_mut().iter_mut().for_each(|v| *v = random.range(low, high) as f32);
    tensor
}

type Weights = BTreeMap<String, Tensor>;
/// What a tensor of a graph is called in its canonical form.
type Names = BTreeMap<String, String>;

fn weights(graph: &Graph) -> Weights {
    let value = |p: &Parameter| match p.init {
        Init::Constant { .. } => random(&p.name, &p.stored, 0.5, 1.5),
        _ => random(&p.name, &p.stored, -0.5, 0.5),
    };
    graph.parameters.iter().map(|p| (p.name.clone(), value(p))).collect()
}

/// The output, and the gradients of the input (as `x`) and of all weights.
fn run(graph: &Graph, weights: &Weights) -> (Tensor, Weights) {
    let mut engine = NativeConfig::default().open(1).unwrap();
    for p in &graph.parameters {
        engine.write(&p.name, &weights[&p.name]).unwrap();
    }
    let batch = |dims: &[usize]| [&[BATCH][..], dims].concat();
    let x = random("x", &batch(&graph.inputs().next().unwrap().1.dims), -1.0, 1.0);
    let seed = random("seed", &batch(&graph.shape(graph.output("y").unwrap()).dims), -1.0, 1.0);
    let plan = engine.compile(graph).unwrap();
    let y = engine.run(plan, Mode::Train, &[("x", Feed::Host(&x))], &[("y", Fetch::Host)]).unwrap().remove(0);
    let mut dx = engine.backward(plan, &[("y", Feed::Host(&seed))], &[("x", Fetch::Host)]).unwrap();
    let InputGradient::Host(dx) = dx.remove(0) else { panic!("no gradient of x") };
    let mut gradients = Weights::from([("x".to_owned(), dx)]);
    for p in graph.parameters.iter().filter(|p| p.role == Role::Weight) {
        gradients.insert(p.name.clone(), engine.gradient(&p.name).unwrap().unwrap());
    }
    (y.unwrap(), gradients)
}

fn close(what: &str, a: &Tensor, b: &Tensor, factor: f32, tolerance: f32) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    let largest = a.data().iter().fold(0.0f32, |most, v| most.max(v.abs()));
    assert!(largest > 1e-3, "{what}: all zero");
    let off = a.data().iter().zip(b.data()).fold(0.0f32, |most, (x, y)| most.max((x - factor * y).abs()));
    assert!(off <= tolerance * largest, "{what}: off by {off} of {largest}");
}

/// The same canonical graph, and with the same weights the same outputs and gradients.
fn same(table: &Graph, direct: &Graph) {
    let (canonical, names) = table.canonical_with_names();
    let (other, other_names) = direct.canonical_with_names();
    assert_eq!(canonical, other, "table:\n{canonical}\ndirect:\n{other}");
    same_values((table, &names), (direct, &other_names));
    let itself = names.values().map(|name| (name.clone(), name.clone())).collect();
    same_values((table, &names), (&canonical, &itself));
}

/// The same outputs and gradients; what both graphs call their tensors is mapped to common names.
fn same_values((a, names): (&Graph, &Names), (b, other_names): (&Graph, &Names)) {
    let weights = weights(a);
    let common: BTreeMap<&String, &String> = names.iter().map(|(name, common)| (common, name)).collect();
    let renamed = other_names.iter().map(|(name, shared)| (name.clone(), weights[common[shared]].clone()));
    let ((y, gradients), (other_y, other_gradients)) = (run(a, &weights), run(b, &renamed.collect()));
    close("output", &y, &other_y, 1.0, 1e-4);
    assert_eq!(gradients.len(), other_gradients.len());
    for (name, gradient) in &other_gradients {
        let mine = other_names.get(name).map_or("x", |shared| common[shared]);
        close(mine, &gradients[mine], gradient, 1.0, 1e-3);
    }
}

#[test]
fn resnet() {
    for extents in EXTENTS {
        for (bank, inputs) in [(4, 1), (2, 2)] {
            for form in forms(bank, inputs, extents.len()) {
                let (mut d, mut x) = Direct::new(&form, extents);
                for _ in 0..3 {
                    let out = d.b.shape(x).channels();
                    let residual = d.layer(x, out);
                    x = d.b.add(residual, x).unwrap();
                }
                let direct = d.b.finish([("y", x)]);
                let table = of_table(&form, extents, &resnet_block(&form, 3));
                // Two banks are written slice by slice: the same function, another graph.
                if inputs == 1 {
                    same(&table, &direct);
                } else {
                    let (names, other_names) =
                        (table.canonical_with_names().1, direct.canonical_with_names().1);
                    same_values((&table, &names), (&direct, &other_names));
                }
            }
        }
    }
}

#[test]
fn densenet() {
    for extents in EXTENTS {
        for inputs in [1, 2] {
            for form in forms(2, inputs, extents.len()) {
                let (mut d, mut x) = Direct::new(&form, extents);
                for _ in 0..4 {
                    let new = d.layer(x, form.bank * UNIT);
                    x = d.b.concat(&[x, new]).unwrap();
                }
                let direct = d.b.finish([("y", x)]);
                same(&of_table(&form, extents, &densenet_block(&form, 4)), &direct);
            }
        }
    }
}

#[test]
fn fractalnet() {
    for extents in EXTENTS {
        for (inputs, columns) in [(1, 1), (1, 2), (1, 3), (2, 3), (1, 4)] {
            for form in forms(2, inputs, extents.len()) {
                let block = fractalnet_block(&form, columns);
                let table = last_bank(of_table(&form, extents, &block), &form);
                let direct = direct_fractal(&form, extents, columns, false);
                same(&table, &direct);
                if columns == 3 {
                    // The same ops with one read from another bank of the same width.
                    let mut rewired = block;
                    rewired.ops[5].reads = vec![inputs];
                    let rewired = last_bank(of_table(&form, extents, &rewired), &form);
                    assert_ne!(rewired.canonical(), direct.canonical());
                }
                // The mean of the paper: every join but the last is followed by a batch norm, which undoes
                // the scale.
                let mean = direct_fractal(&form, extents, columns, true);
                let weights = weights(&direct);
                let (sum, mean) = (run(&direct, &weights).0, run(&mean, &weights).0);
                close("mean", &sum, &mean, columns as f32, 2e-3);
            }
        }
    }
}

#[test]
fn the_tables_of_the_paper() {
    let form = Form::new(2, 1, &[3, 3]);
    let table = |block: &Block| -> Vec<(Vec<usize>, usize)> {
        assert!(block.ops.iter().all(|op| op.writes.len() == 1 && op.width == form.bank));
        block.ops.iter().map(|op| (op.reads.clone(), op.writes[0])).collect()
    };
    let fractal = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4), (0, 4)].map(|(r, w)| (vec![r], w));
    assert_eq!(table(&fractalnet_block(&form, 3)), fractal);
    assert!(fractalnet_block(&form, 0).ops.is_empty());
    assert_eq!(table(&resnet_block(&form, 3)), [(vec![0], 0), (vec![0], 0), (vec![0], 0)]);
    let dense = [(vec![0], 1), (vec![0, 1], 2), (vec![0, 1, 2], 3), (vec![0, 1, 2, 3], 4)];
    assert_eq!(table(&densenet_block(&form, 4)), dense);
}

#[test]
fn the_blocks_are_architectures_of_the_space() {
    for extents in EXTENTS {
        let (space, kernel) = (space(extents), vec![3; extents.len()]);
        let blocks = vec![
            resnet_block(&Form::new(4, 1, &kernel), 3),
            densenet_block(&Form::new(2, 3, &kernel), 4),
            fractalnet_block(&Form::new(2, 3, &kernel), 3),
        ];
        let architecture = space.architecture(&Choices { blocks }).unwrap();
        for network in [WeightScheme::OneShot, WeightScheme::Standalone] {
            space.build(&architecture, network).unwrap();
        }
    }
}

#[test]
fn a_block_that_breaks_a_rule_is_refused() {
    let space = space(&[6, 6]);
    let build = |block: &Block, channels| {
        space.build_block(block, channels, WeightScheme::Standalone).map_err(|e| e.to_string()).unwrap_err()
    };
    let mut block = densenet_block(&Form::new(2, 1, &[3, 3]), 3);
    assert!(build(&block, 4).contains("/bank"));
    block.ops[1].reads = vec![0, 2];
    assert!(build(&block, 8).contains("/ops/1/reads"));
    block.ops[1].writes = vec![3];
    block.ops[1].reads = vec![0];
    assert!(build(&block, 8).contains("/ops/1/writes"));
    assert!(build(&resnet_block(&Form::new(2, 1, &[3]), 1), 8).contains("/ops/0/convs/0/kernel"));
}

//! The networks that are exported.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smash_core::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, PoolKind, PoolSpec};
use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::task::Task;
use smash_export::Card;
use smash_plugin::Registry;
use smash_search_spaces::hand_designed::{Choices, Family, HandDesignedConfig};
use smash_search_spaces::memory_bank::MemoryBankConfig;
use smash_tests::artifact;
use smash_tests::plugins::installed;

use crate::case::Case;
use crate::mobile::mobile;

/// What text of others can be: the end of every kind of quotes, and code.
pub(crate) const EVIL: &str = "\"\"\"'''\\\"); import os; os.system(\"touch evil\")\n#\u{202e}{0}%s\\";

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let tiny = |extents: &[usize], channels| {
        memory_bank(&json!({}), Task { channels, extents: extents.to_vec(), classes: 10 }, 3)
    };
    let mut cases = vec![
        case("digits", tiny(&[8, 8], 1)),
        case("cifar10", tiny(&[32, 32], 3)),
        case("series", tiny(&[40], 2)),
        case(
            "smash_v2",
            memory_bank(
                &json!({"preset": "smash_v2", "depth": 3, "width": 4}),
                Task { channels: 3, extents: vec![8, 8], classes: 4 },
                2,
            ),
        ),
        case(
            "voxels",
            memory_bank(
                &json!({"preset": "tiny_3d"}),
                Task { channels: 1, extents: vec![12; 3], classes: 10 },
                1,
            ),
        ),
        case("every_op", every_op()),
        case("mobile", mobile(&[12, 9])),
        case("mobile_series", mobile(&[20])),
        case("mobile_voxels", mobile(&[6, 5, 5])),
        case("mobile_plugin", mobile_plugin()),
    ];
    cases.extend(Family::ALL.map(|family| case(family.name(), hand_designed(family))));
    // Without normalisation and names, which everything else has.
    cases.push(Case::new("plain", tiny(&[8, 8], 1), Card::default()));
    cases
}

fn case(name: &str, graph: Graph) -> Case {
    let input = graph.inputs().next().unwrap().1.channels();
    let classes = graph.shape(graph.output("logits").unwrap()).channels();
    let names = (0..classes).map(|i| if i == 1 { EVIL.to_owned() } else { format!("class {i}, grün") });
    let card = Card {
        name: format!("{name} {EVIL}"),
        class_names: Some(names.collect()),
        mean: (0..input).map(|i| 0.4 + 0.05 * i as f32).collect(),
        std: (0..input).map(|i| 0.25 + 0.02 * i as f32).collect(),
        provenance: BTreeMap::from([("run".into(), "seed 1".into()), (EVIL.into(), EVIL.into())]),
    };
    Case::new(name, graph, card)
}

fn memory_bank(config: &Value, task: Task, seed: u64) -> Graph {
    let config: MemoryBankConfig = serde_json::from_value(config.clone()).unwrap();
    let space = config.build(&task).unwrap();
    let architecture = space.sample(&mut Seed::new(seed).random(), 1.0).unwrap();
    space.build(&architecture, WeightScheme::Standalone).unwrap()
}

/// A network of the space of a plugin.
fn mobile_plugin() -> Graph {
    let (_folder, manifest) = installed(&artifact::library("smash-sample-mobile"));
    let mut registry = Registry::builtin().unwrap();
    registry.load_plugin(&manifest).unwrap();
    let task = Task { channels: 3, extents: vec![12, 12], classes: 5 };
    let space = registry.space(&json!({"type": "mobile"}), &task).unwrap();
    let architecture = space.sample(&mut Seed::new(4).random(), 1.0).unwrap();
    space.build(&architecture, WeightScheme::Standalone).unwrap()
}

fn hand_designed(family: Family) -> Graph {
    let task = Task { channels: 3, extents: vec![32, 32], classes: 10 };
    let space = HandDesignedConfig { stem_stride: 2 }.build(&task).unwrap();
    let depth = family.depths()[1];
    let architecture = space.architecture(&Choices { family, depth, width: 8 }).unwrap();
    space.build(&architecture, WeightScheme::Standalone).unwrap()
}

/// Every op that a network for inference can have, with the attributes that others do not have, and names
/// that are none in Python.
fn every_op() -> Graph {
    let mut b = Builder::new();
    let own = |name: &str, dims: &[usize]| {
        let init = if dims.len() > 1 { Init::Orthogonal } else { Init::Constant { value: 0.0 } };
        Parameter::own(format!("model.{name}"), dims, init)
    };
    let x = b.input("inputs; \"\"\"", true, &[4, 9, 11]);
    // Unbatched: a slice of a stored tensor, turned, scaled and normalised.
    let stored = own("class.weight", &[5, 3, 6, 2]);
    let w = b.parameter(Parameter { slice: vec![1..4, 0..3, 0..6, 0..2], ..stored }).unwrap();
    let w = b.op(Op::Permute { axes: vec![2, 3, 0, 1] }, &[w]).unwrap();
    let w = b.op(Op::Scale { factor: 3.0 }, &[w]).unwrap();
    let other = b.parameter(own("other", &[6, 2, 3, 3])).unwrap();
    let w = b.op(Op::Add, &[w, other]).unwrap();
    let w = b.op(Op::Normalize, &[w]).unwrap();
    let spec = ConvSpec { stride: vec![1, 2], padding: vec![2, 0], dilation: vec![2, 1], groups: 2 };
    let h = b.conv(x, w, spec).unwrap();
    let statistics = ["gamma", "beta", "mean", "var"].map(|part| own(&format!("norm \"'\n.{part}"), &[6]));
    let [gamma, beta, mean, var] = statistics;
    let ones = Init::Constant { value: 1.0 };
    let h = b
        .batch_norm(h, [Parameter { init: ones, ..gamma }, beta, mean, Parameter { init: ones, ..var }])
        .unwrap();
    let h = b.op(Op::LeakyRelu { slope: 0.1 }, &[h]).unwrap();
    let (bias, gain) = (b.parameter(own("bias", &[6])).unwrap(), b.parameter(own("eval", &[6])).unwrap());
    let h = b.op(Op::Bias, &[h, bias]).unwrap();
    let tanh = b.op(Op::Tanh, &[h]).unwrap();
    let gate = b.op(Op::Sigmoid, &[h]).unwrap();
    let h = b.op(Op::Mul, &[tanh, gate]).unwrap();
    let h = b.op(Op::Gain, &[h, gain]).unwrap();
    let h = b.op(Op::Add, &[h, tanh]).unwrap();
    let own_mean = b.global_average_pool(h).unwrap();
    let own_bias = b.hard_sigmoid(own_mean).unwrap();
    let h = b.bias(h, own_bias).unwrap();
    let own_gain = b.bias(own_mean, own_bias).unwrap();
    let h = b.gain(h, own_gain).unwrap();
    let h = b.op(Op::Clamp { low: -2.0, high: 2.5 }, &[h]).unwrap();
    let h = b.hard_swish(h).unwrap();
    let box_of = b.op(Op::Slice { ranges: vec![1..5, 2..9, 0..4] }, &[h]).unwrap();
    let pool = |b: &mut Builder, kind, window: [usize; 2], padding: [usize; 2], x| {
        let spec = PoolSpec { window: window.into(), stride: vec![2, 2], padding: padding.into() };
        b.pool(x, kind, spec).unwrap()
    };
    // All drop an incomplete window.
    let most = pool(&mut b, PoolKind::Max, [3, 2], [0, 0], box_of);
    let mean = pool(&mut b, PoolKind::Average, [2, 1], [0, 0], box_of);
    let padded = pool(&mut b, PoolKind::Average, [5, 2], [1, 0], box_of);
    let mean = b.add(mean, padded).unwrap();
    let relu6 = b.relu6(most).unwrap();
    let h = b.op(Op::Concat, &[most, mean, relu6]).unwrap();
    let turned = b.op(Op::Permute { axes: vec![2, 0, 1] }, &[h]).unwrap();
    let rows = b.op(Op::Reshape { dims: vec![6, 12] }, &[turned]).unwrap();
    let h = b.op(Op::Scale { factor: 1.0 / 3.0 }, &[rows]).unwrap();
    let flat = b.op(Op::Reshape { dims: vec![72] }, &[h]).unwrap();
    let flat = b.global_average_pool(flat).unwrap();
    let weight = b.parameter(own("head.weight", &[5, 72])).unwrap();
    let bias = b.parameter(own("head.bias", &[5])).unwrap();
    let y = b.linear(flat, weight, bias).unwrap();
    let y = b.op(Op::Scale { factor: 8.0 }, &[y]).unwrap();
    let y = b.op(Op::LogSoftmax, &[y]).unwrap();
    b.finish([("logits", y)])
}

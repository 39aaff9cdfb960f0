//! The page about graphs says what is so.

use smash_core::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, PoolKind, PoolSpec};

const PAGE: &str = include_str!("../../docs/graph.md");

/// The graph of the page's example.
fn example() -> Graph {
    let own = |name: &str, dims: &[usize], init| Parameter::own(format!("model.{name}"), dims, init);
    let constant = |value| Init::Constant { value };
    let mut b = Builder::new();
    let x = b.input("x", true, &[1, 4, 4]);
    let same = ConvSpec::same(&[3, 3], &[1, 1], 1);
    let h = b.conv_by(x, own("stem.weight", &[3, 1, 3, 3], Init::Orthogonal), same).unwrap();
    let statistics = [
        own("norm.gamma", &[3], constant(1.0)),
        own("norm.beta", &[3], constant(0.0)),
        own("norm.mean", &[3], constant(0.0)).buffer(),
        own("norm.var", &[3], constant(1.0)).buffer(),
    ];
    let h = b.batch_norm(h, statistics).unwrap();
    let h = b.relu(h).unwrap();
    let halves = PoolSpec { window: vec![2, 2], ..PoolSpec::default() };
    let h = b.pool(h, PoolKind::Max, halves).unwrap();
    let weight = own("output.weight", &[2, 3], Init::Uniform { bound: 0.5 });
    let y = b.head(h, weight, own("output.bias", &[2], constant(0.0))).unwrap();
    b.finish([("logits", y)])
}

#[test]
fn the_example_is_what_the_builder_makes_and_prints() {
    let text = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let graph: Graph = serde_json::from_str(text).unwrap();
    graph.check().unwrap();
    assert_eq!(graph, example());
    let blanks: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    assert_eq!(graph.to_json(), blanks);
}

#[test]
fn every_op_has_its_row() {
    let axes = || vec![1];
    let ops = [
        Op::Input { name: String::new() },
        Op::Parameter { index: 0 },
        Op::Conv { stride: axes(), padding: axes(), dilation: axes(), groups: 1 },
        Op::Linear,
        Op::BatchNorm { epsilon: 1e-5, momentum: 0.1 },
        Op::LeakyRelu { slope: 0.0 },
        Op::Tanh,
        Op::Sigmoid,
        Op::Clamp { low: 0.0, high: 6.0 },
        Op::HardSigmoid,
        Op::HardSwish,
        Op::Add,
        Op::Mul,
        Op::Scale { factor: 1.0 },
        Op::Bias,
        Op::Gain,
        Op::Concat,
        Op::Slice { ranges: Vec::new() },
        Op::Reshape { dims: axes() },
        Op::Permute { axes: axes() },
        Op::Normalize,
        Op::Pool { kind: PoolKind::Max, window: axes(), stride: axes(), padding: axes() },
        Op::GlobalAveragePool,
        Op::LogSoftmax,
        Op::NegativeLogLikelihood,
    ];
    for op in ops {
        let fields = serde_json::to_value(&op).unwrap();
        let name = format!("`{}`", fields["op"].as_str().unwrap());
        let row = PAGE.lines().find(|line| {
            line.strip_prefix("| ").is_some_and(|row| row.split(" | ").next().unwrap().contains(&name))
        });
        let row = row.unwrap_or_else(|| panic!("docs/graph.md has no row for {name}"));
        for field in fields.as_object().unwrap().keys().filter(|key| *key != "op") {
            assert!(row.contains(&format!("`{field}`")), "the row of {name} does not name {field}");
        }
    }
}

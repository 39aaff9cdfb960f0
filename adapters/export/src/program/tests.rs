use std::collections::BTreeMap;

use smash_core::graph::{Builder, Graph, Init, Op, Parameter, ValueId};
use smash_core::random::Seed;
use smash_core::tensor::Tensor;

use super::Program;
use crate::{Card, Network};

fn own(name: &str, dims: &[usize]) -> Parameter {
    Parameter::own(name, dims, Init::Uniform { bound: 1.0 })
}

fn weights(graph: &Graph) -> BTreeMap<String, Tensor> {
    graph.parameters.iter().map(|p| (p.name.clone(), p.initial(Seed::new(1)))).collect()
}

fn lowered(graph: &Graph, weights: &BTreeMap<String, Tensor>, card: Card) -> crate::Result<Program> {
    Program::new(&Network { graph, weights, card })
}

/// A 1×1 convolution of `x [2, 3]`, whose weight an op makes of parameters.
fn conv_by(weight: impl FnOnce(&mut Builder) -> ValueId) -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", true, &[2, 3]);
    let w = weight(&mut b);
    let h = b.conv(x, w, Default::default()).unwrap();
    let y = b.global_average_pool(h).unwrap();
    b.finish([("logits", y)])
}

#[test]
fn what_weights_alone_decide_is_a_constant() {
    let graph = conv_by(|b| {
        let stored = Parameter { slice: vec![1..3, 0..2], ..own("w", &[3, 2]) };
        let w = b.parameter(stored).unwrap();
        let w = b.op(Op::Permute { axes: vec![1, 0] }, &[w]).unwrap();
        let w = b.op(Op::Scale { factor: 2.0 }, &[w]).unwrap();
        let w = b.op(Op::Normalize, &[w]).unwrap();
        b.op(Op::Reshape { dims: vec![2, 2, 1] }, &[w]).unwrap()
    });
    let stored = Tensor::new(vec![3, 2], vec![9.0, 9.0, 1.0, 2.0, 2.0, 4.0]).unwrap();
    let program = lowered(&graph, &BTreeMap::from([("w".to_owned(), stored)]), Card::default()).unwrap();
    let [_, conv, _] = &program.layers[..] else { panic!("{program:?}") };
    assert_eq!((&conv.constants[0].name[..], conv.constants[0].value.shape()), ("w", &[2, 2, 1][..]));
    assert_eq!(conv.constants[0].value.data(), [0.2, 0.4, 0.4, 0.8]);
}

#[test]
fn batch_norm_is_folded_where_nothing_else_reads_the_convolution() {
    for shared in [false, true] {
        let mut b = Builder::new();
        let x = b.input("x", true, &[2]);
        let (w, bias) = (b.parameter(own("m.fc.weight", &[2, 2])), b.parameter(own("m.fc.bias", &[2])));
        let h = b.linear(x, w.unwrap(), bias.unwrap()).unwrap();
        let y = b.batch_norm(h, ["gamma", "beta", "mean", "var"].map(|p| own(&format!("m.norm.{p}"), &[2])));
        let y = y.unwrap();
        let y = if shared { b.add(h, y).unwrap() } else { y };
        let graph = b.finish([("logits", y)]);
        let tensor = |dims: &[usize], values: &[f32]| Tensor::new(dims.to_vec(), values.to_vec()).unwrap();
        let weights = BTreeMap::from(
            [
                ("m.fc.weight", tensor(&[2, 2], &[1.0, 2.0, 3.0, 4.0])),
                ("m.fc.bias", tensor(&[2], &[1.0, 2.0])),
                ("m.norm.gamma", tensor(&[2], &[3.0, 1.0])),
                ("m.norm.beta", tensor(&[2], &[0.5, -1.0])),
                ("m.norm.mean", tensor(&[2], &[2.0, 0.0])),
                ("m.norm.var", tensor(&[2], &[2.25 - 1e-5, 1.0 - 1e-5])),
            ]
            .map(|(name, tensor)| (name.to_owned(), tensor)),
        );
        let program = lowered(&graph, &weights, Card::default()).unwrap();
        let paths: Vec<&str> = program.layers.iter().map(|layer| &layer.path[..]).collect();
        assert_eq!(&paths[..3], ["input", "fc", "norm"]);
        let folded = program.clone().fold();
        if shared {
            assert_eq!(folded, program);
            continue;
        }
        let [_, linear] = &folded.layers[..] else { panic!("{folded:?}") };
        assert_eq!(linear.constants[0].value.data(), [2.0, 4.0, 3.0, 4.0]);
        assert_eq!(linear.constants[1].value.data(), [-1.5, 1.0]);
    }
}

#[test]
fn paths_are_those_of_the_parameters_and_no_two_are_the_same() {
    let mut b = Builder::new();
    let mut h = b.input("x", true, &[2, 3]);
    let shared = b.parameter(own("model.stem", &[2, 2, 1])).unwrap();
    for _ in 0..2 {
        h = b.conv(h, shared, Default::default()).unwrap();
        h = b.relu(h).unwrap();
    }
    h = b.conv_by(h, own("model.out.weight", &[2, 2, 1]), Default::default()).unwrap();
    h = b.conv_by(h, own("model.out.norm.weight", &[2, 2, 1]), Default::default()).unwrap();
    let y = b.global_average_pool(h).unwrap();
    let graph = b.finish([("logits", y)]);
    let program = lowered(&graph, &weights(&graph), Card::default()).unwrap();
    let paths: Vec<&str> = program.layers.iter().map(|layer| &layer.path[..]).collect();
    assert_eq!(
        paths,
        [
            "input",
            "stem",
            "stem.relu",
            "stem_2",
            "stem.relu_2",
            "out.conv",
            "out.norm",
            "out.norm.global_average_pool"
        ]
    );
}

#[test]
fn what_is_no_network_for_inference_is_refused() {
    let problem = |graph: &Graph, weights: &BTreeMap<String, Tensor>, card| {
        lowered(graph, weights, card).unwrap_err().to_string()
    };
    let graph = conv_by(|b| b.parameter(own("w", &[4, 2, 1])).unwrap());
    let good = weights(&graph);
    let card = Card::default();
    let missing = problem(&graph, &BTreeMap::new(), card.clone());
    assert!(missing.starts_with("parameter w: expected weights [4, 2, 1], found none"), "{missing}");
    let other = BTreeMap::from([("w".to_owned(), Tensor::zeros(&[2, 4, 1]))]);
    assert!(problem(&graph, &other, card.clone()).contains("expected weights [4, 2, 1], found [2, 4, 1]"));
    for (card, expected) in [
        (Card { class_names: Some(vec!["a".into()]), ..card.clone() }, "expected 4 class names, found 1"),
        (Card { mean: vec![0.0; 2], ..card.clone() }, "expected 2 standard deviations"),
        (Card { std: vec![1.0; 2], ..card.clone() }, "expected 2 means"),
        (Card { mean: vec![0.0; 2], std: vec![1.0, 0.0], ..card.clone() }, "above 0"),
        (Card { mean: vec![f32::NAN; 2], std: vec![1.0; 2], ..card.clone() }, "expected finite"),
    ] {
        let problem = problem(&graph, &good, card);
        assert!(problem.contains(expected), "{problem}");
    }
    let unnamed = Graph { outputs: vec![("y".into(), graph.outputs[0].1)], ..graph.clone() };
    assert!(problem(&unnamed, &good, card.clone()).contains("no output named \"logits\""));

    let mut b = Builder::new();
    let (x, labels) = (b.input("x", true, &[3]), b.input("labels", true, &[]));
    let loss = b.op(Op::NegativeLogLikelihood, &[x, labels]).unwrap();
    let loss = b.finish([("logits", loss)]);
    let problem_of_loss = problem(&loss, &good, card.clone());
    assert!(
        problem_of_loss.starts_with("node 2 (negative_log_likelihood): is a training loss"),
        "{problem_of_loss}"
    );

    let mut b = Builder::new();
    let (x, z) = (b.input("x", true, &[3]), b.input("z", true, &[3]));
    let sum = b.add(x, z).unwrap();
    assert!(problem(&b.finish([("logits", sum)]), &good, card.clone()).contains("expected one input"));

    let mut b = Builder::new();
    let w = b.parameter(own("w", &[4, 2, 1])).unwrap();
    let pooled = b.global_average_pool(w).unwrap();
    assert!(
        problem(&b.finish([("logits", pooled)]), &good, card)
            .contains("node 1 (global_average_pool): expected a batched")
    );
}

use std::collections::BTreeMap;

use prost::Message;
use smash_core::graph::{Builder, Graph, Init, Op, Parameter, PoolKind, PoolSpec};
use smash_core::random::Seed;

use super::{OnnxOptions, onnx, proto};
use crate::{Card, Network};

fn graph() -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 5]);
    let w = Parameter::own("model.stem.weight", &[4, 3, 3], Init::Orthogonal);
    let h = b.conv_by(x, w, Default::default()).unwrap();
    let h = b.op(Op::Slice { ranges: vec![0..4, 1..3] }, &[h]).unwrap();
    let y = b.global_average_pool(h).unwrap();
    b.finish([("logits", y)])
}

fn model(card: Card, options: &OnnxOptions) -> crate::Result<proto::Model> {
    let graph = graph();
    let weights = graph.parameters.iter().map(|p| (p.name.clone(), p.initial(Seed::new(1)))).collect();
    let bytes = onnx(&Network { graph: &graph, weights: &weights, card }, options)?;
    Ok(proto::Model::decode(&bytes[..]).unwrap())
}

#[test]
fn a_model_has_readable_nodes_and_a_free_batch() {
    let model = model(Card::default(), &OnnxOptions::default()).unwrap();
    let graph = model.graph.unwrap();
    let nodes: Vec<String> =
        graph.node.iter().map(|n| format!("{} {}({})", n.name, n.op_type, n.input.join(", "))).collect();
    assert_eq!(
        nodes,
        [
            "stem Conv(x, model.stem.weight)",
            "stem.slice Slice(stem, stem.slice.starts, stem.slice.ends, stem.slice.axes)",
            "stem.global_average_pool.pooled GlobalAveragePool(stem.slice)",
            "stem.global_average_pool Flatten(stem.global_average_pool.pooled)",
            "softmax Softmax(stem.global_average_pool)",
        ]
    );
    // Only the axis that is cut: extent 1 behind batch and channels.
    let lists: Vec<i64> = graph.initializer[1..]
        .iter()
        .map(|t| i64::from_le_bytes(t.raw_data[..].try_into().unwrap()))
        .collect();
    assert_eq!(lists, [1, 3, 2]);
    let input = graph.input[0].r#type.clone().unwrap().tensor_type.unwrap().shape.unwrap().dim;
    assert_eq!(input[0].dim_param.as_deref(), Some("batch"));
    assert_eq!(input[1..].iter().map(|d| d.dim_value.unwrap()).collect::<Vec<_>>(), [3, 5]);
    assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
}

#[test]
fn normalisation_and_names_travel_inside() {
    let card = Card {
        name: "mine".into(),
        class_names: Some(["a", "b", "\"c\"", "d"].map(String::from).into()),
        mean: vec![0.5; 3],
        std: vec![0.25; 3],
        provenance: BTreeMap::from([("run".into(), "r".into()), ("class_names".into(), "not these".into())]),
    };
    let model = model(card, &OnnxOptions { logits: true, opset: 21, ..OnnxOptions::default() }).unwrap();
    let metadata: Vec<_> = model.metadata_props.iter().map(|e| (&e.key[..], &e.value[..])).collect();
    assert_eq!(metadata, [("class_names", r#"["a","b","\"c\"","d"]"#), ("run", "r")]);
    let graph = model.graph.unwrap();
    assert_eq!((&graph.name[..], &graph.output[0].name[..]), ("mine", "logits"));
    let ops: Vec<&str> = graph.node.iter().map(|n| &n.op_type[..]).collect();
    assert_eq!(ops, ["Sub", "Div", "Conv", "Slice", "GlobalAveragePool", "Flatten"]);
    assert_eq!(graph.node.last().unwrap().output, ["logits"]);
    assert_eq!(graph.initializer[0].dims, [3, 1]);
}

#[test]
fn an_opset_that_is_not_written_is_refused() {
    for opset in [16, 23] {
        let error = model(Card::default(), &OnnxOptions { opset, ..OnnxOptions::default() }).unwrap_err();
        assert_eq!(error.to_string(), format!("options: expected an opset from 17 to 22, found {opset}"));
    }
}

#[test]
fn gates_clamps_and_padding_have_operators() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 5, 5]);
    let h = b.relu6(x).unwrap();
    let h = b.hard_swish(h).unwrap();
    let h = b.pool(h, PoolKind::Max, PoolSpec::same(&[3, 3])).unwrap();
    let own = |name: &str, dims: &[usize]| Parameter::own(format!("model.{name}"), dims, Init::Orthogonal);
    let reduce = [own("reduce.weight", &[2, 3]), own("reduce.bias", &[2])];
    let expand = [own("expand.weight", &[3, 2]), own("expand.bias", &[3])];
    let h = b.squeeze_excite(h, reduce, expand, Op::HardSigmoid).unwrap();
    let y = b.global_average_pool(h).unwrap();
    let graph = b.finish([("logits", y)]);
    let weights = graph.parameters.iter().map(|p| (p.name.clone(), p.initial(Seed::new(1)))).collect();
    let network = Network { graph: &graph, weights: &weights, card: Card::default() };
    let bytes = onnx(&network, &OnnxOptions { logits: true, ..OnnxOptions::default() }).unwrap();
    let graph = proto::Model::decode(&bytes[..]).unwrap().graph.unwrap();
    let nodes: Vec<String> =
        graph.node.iter().map(|n| format!("{}({})", n.op_type, n.input.join(", "))).collect();
    assert_eq!(
        nodes,
        [
            "Clip(x, relu6.low, relu6.high)",
            "HardSwish(relu6)",
            "MaxPool(hard_swish)",
            "GlobalAveragePool(max_pool)",
            "Flatten(global_average_pool.pooled)",
            "Gemm(global_average_pool, model.reduce.weight, model.reduce.bias)",
            "Relu(reduce)",
            "Gemm(reduce.relu, model.expand.weight, model.expand.bias)",
            "HardSigmoid(expand)",
            "Unsqueeze(expand.hard_sigmoid, gain.axes)",
            "Mul(max_pool, gain.per_channel)",
            "GlobalAveragePool(gain)",
            "Flatten(global_average_pool_2.pooled)",
        ]
    );
    let pads = graph.node[2].attribute.iter().find(|a| a.name == "pads").unwrap();
    assert_eq!(pads.ints, [1, 1, 1, 1]);
}

//! Shapes, counts, selection, binding and printing of graphs.

use super::*;
use crate::space::{Description, GENERATED, GeneratedSlice, bind_generated};

fn small() -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", true, &[4, 6, 6]);
    let w = b.parameter(Parameter::generated("g", &[8, 4, 1, 1])).unwrap();
    let h = b.conv(x, w, ConvSpec::default()).unwrap();
    let h = b.relu(h).unwrap();
    let v = b.parameter(Parameter::own("v", &[6, 4, 3, 5], Init::Orthogonal)).unwrap();
    let spec = ConvSpec { stride: vec![2, 1], ..ConvSpec::same(&[3, 5], &[1, 1], 2) };
    let y = b.conv(h, v, spec).unwrap();
    let pooled = b.global_average_pool(y).unwrap();
    b.finish([("logits", pooled), ("hidden", h)])
}

fn description() -> Description {
    let slices = vec![GeneratedSlice { parameter: "g".into(), rows: 2..6, columns: 0..8 }];
    Description { columns: 1, plane: vec![0.0], slices }
}

#[test]
fn shapes_and_counts() {
    let graph = small();
    let y = graph.nodes.iter().rposition(|n| matches!(n.op, Op::Conv { .. })).unwrap();
    assert_eq!(graph.nodes[y].shape, Shape::new(true, [6, 3, 6]));
    let count = graph.count();
    assert_eq!(count.params, 8 * 4 + 6 * 4 * 15);
    assert_eq!(count.macs, 8 * 4 * 36 + (6 * 3 * 6) * (4 * 15));
    assert_eq!(count.activation_bytes, 4 * (4 * 36 + 8 * 36 + 8 * 36 + 6 * 18 + 6));
}

#[test]
fn parts_are_named_by_their_parameters() {
    let mut b = Builder::new();
    let mut x = b.input("x", true, &[4, 6, 6]);
    for (name, kernel) in [("model.a.one", 1), ("model.b.one", 3), ("model.a.two", 1)] {
        let w = b.parameter(Parameter::own(name, &[4, 4, kernel, kernel], Init::Orthogonal)).unwrap();
        x = b.conv(x, w, ConvSpec::same(&[kernel; 2], &[1; 2], 1)).unwrap();
    }
    let part = |part: &str, params, macs| PartCount { part: part.into(), params, macs };
    let expected = [part("a", 32, 32 * 36), part("b", 144, 144 * 36)];
    assert_eq!(b.finish([("y", x)]).count_parts(), expected);
    // A weight that a HyperNet generates is no longer a parameter.
    let parts = bind_generated(&small(), &description(), [6, 8], |_| 1.0).unwrap().count_parts();
    assert_eq!(parts, [part("v", 6 * 4 * 15, (6 * 3 * 6) * (4 * 15))]);
}

#[test]
fn what_does_not_fit_is_refused_with_the_shapes() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[4, 6, 6]);
    let w = b.parameter(Parameter::own("w", &[8, 3, 3, 3], Init::Orthogonal)).unwrap();
    let flat = b.input("flat", true, &[4]);
    let text = b.conv(x, w, ConvSpec::default()).unwrap_err().to_string();
    assert!(text.contains("conv") && text.contains("[4, 6, 6]") && text.contains("[8, 3, 3, 3]"), "{text}");
    assert!(b.add(x, flat).is_err());
    assert!(b.channels(x, 2..5).is_err());
    assert!(b.average_pool(x, &[7, 1]).is_err());
    assert!(b.op(Op::Normalize, &[x]).is_err());
    assert!(b.op(Op::Permute { axes: vec![0, 0, 1] }, &[x]).is_err());
    assert!(b.op(Op::Reshape { dims: vec![5] }, &[x]).is_err());
    assert!(b.op(Op::Add, &[x]).is_err());
    assert!(b.parameter(Parameter::shared("s", &[4, 1], vec![2..5, 0..1], Init::Orthogonal)).is_err());
}

#[test]
fn generated_parameters_become_slices_of_w() {
    let bound = bind_generated(&small(), &description(), [6, 8], |n| n as f32).unwrap();
    assert!(bound.parameters.iter().all(|p| p.source != Source::Generated));
    assert_eq!(bound.inputs().find(|(name, _)| *name == GENERATED).unwrap().1.dims, [6, 8]);
    assert!(bound.nodes.iter().any(|n| n.op == Op::Scale { factor: 8.0 }));
    assert_eq!(bound.count().macs, small().count().macs);
    let none = Description { slices: Vec::new(), ..description() };
    let error = bind_generated(&small(), &none, [6, 8], |_| 1.0).unwrap_err();
    assert!(error.to_string().contains("no slice for the generated parameter g"), "{error}");
}

#[test]
fn selection_keeps_only_what_is_needed() {
    let hidden = small().select(&["hidden"]).unwrap();
    assert_eq!(hidden.parameters.len(), 1);
    assert_eq!(hidden.outputs.len(), 1);
    assert!(small().select(&["missing"]).is_err());
    assert_eq!(small().select(&["logits", "hidden"]).unwrap(), small());
}

#[test]
fn graphs_travel_as_json_and_print() {
    let graph = small();
    let text = serde_json::to_string(&graph).unwrap();
    let back: Graph = serde_json::from_str(&text).unwrap();
    assert_eq!((back.hash(), &back), (graph.hash(), &graph));
    let printed = graph.to_string();
    assert!(printed.contains("conv 3×5 stride 2×1 groups 2 (%3, %4) : batch×[6, 3, 6]"), "{printed}");
    assert!(graph.dot().starts_with("digraph network {") && graph.dot().contains("n0 -> n2;"));
}

#[test]
fn counts_of_absurd_networks_are_refused_and_do_not_wrap() {
    let huge = usize::MAX / 2 + 1;
    let weight = |b: &mut Builder, dims: &[usize]| b.parameter(Parameter::own("w", dims, Init::Orthogonal));
    for dims in [&[huge, 2][..], &[1 << 33, 1 << 33], &[usize::MAX], &[huge, huge, huge, huge]] {
        let error = weight(&mut Builder::new(), dims).unwrap_err().to_string();
        assert!(error.contains("too large") && error.len() < 300, "{error}");
        // The product of the extents would wrap to 0.
        let mut b = Builder::new();
        let x = b.input("x", true, dims);
        assert!(b.relu(x).unwrap_err().to_string().contains("too large"));
    }
    // Each tensor would fit, but not the multiply-accumulates.
    let mut b = Builder::new();
    let x = b.input("x", true, &[1 << 20, 1 << 10, 1 << 10]);
    let w = weight(&mut b, &[1 << 20, 1 << 20, 1, 1]).unwrap();
    let error = b.conv(x, w, ConvSpec::default()).unwrap_err().to_string();
    assert!(error.contains("multiply-accumulates"), "{error}");
    // Padding and dilation whose sums would wrap.
    let mut b = Builder::new();
    let x = b.input("x", true, &[1, 4, 4]);
    let w = weight(&mut b, &[1, 1, 3, 3]).unwrap();
    for spec in [
        ConvSpec { padding: vec![huge, huge], ..ConvSpec::default() },
        ConvSpec { dilation: vec![huge, huge], ..ConvSpec::default() },
        ConvSpec { groups: huge, ..ConvSpec::default() },
    ] {
        b.conv(x, w, spec).unwrap_err();
    }
    // A graph that was not built here counts to the largest numbers.
    let mut graph = Graph::default();
    let shape = Shape::new(true, [huge, huge]);
    for _ in 0..3 {
        graph.nodes.push(Node {
            op: Op::Input { name: "x".into() },
            inputs: Vec::new(),
            shape: shape.clone(),
        });
        graph.parameters.push(Parameter::own("w", &[huge, huge], Init::Orthogonal));
    }
    let count = graph.count();
    assert_eq!((count.params, count.activation_bytes), (u64::MAX, u64::MAX));
}

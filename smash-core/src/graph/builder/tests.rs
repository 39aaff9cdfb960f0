//! What the builder makes of activations, gates and pooling, and what it refuses.

use crate::graph::{Builder, Graph, Init, Op, Parameter, PoolKind, PoolSpec, Shape, ValueId};

fn own(name: &str, dims: &[usize]) -> Parameter {
    Parameter::own(name, dims, Init::Orthogonal)
}

/// A builder, a value `[4, 6, 6]` and a vector for each of its channels.
fn start() -> (Builder, ValueId, ValueId) {
    let mut b = Builder::new();
    let (x, v) = (b.input("x", true, &[4, 6, 6]), b.input("v", true, &[4]));
    (b, x, v)
}

fn padded(window: &[usize], stride: &[usize], padding: &[usize]) -> PoolSpec {
    let [window, stride, padding] = [window, stride, padding].map(<[usize]>::to_vec);
    PoolSpec { window, stride, padding }
}

#[test]
fn padding_widens_the_extents() {
    let (mut b, x, _) = start();
    for (spec, expected) in [
        (PoolSpec::same(&[3, 3]), [4, 6, 6]),
        (PoolSpec::same(&[5, 1]), [4, 6, 6]),
        (padded(&[3, 2], &[2, 2], &[1, 0]), [4, 3, 3]),
        (padded(&[12, 6], &[], &[6, 0]), [4, 1, 1]),
    ] {
        let y = b.pool(x, PoolKind::Max, spec.clone()).unwrap();
        assert_eq!(b.shape(y), &Shape::new(true, expected), "{spec:?}");
    }
    let mut b = Builder::new();
    for dims in [&[2, 1][..], &[2, 3, 1], &[2, 1, 4, 3]] {
        let x = b.input("x", true, dims);
        let y = b.pool(x, PoolKind::Average, PoolSpec::same(&vec![3; dims.len() - 1])).unwrap();
        assert_eq!(b.shape(y).dims, dims);
    }
}

#[test]
fn pooling_that_does_not_fit_is_refused() {
    let (mut b, x, _) = start();
    let huge = usize::MAX;
    for (spec, expected) in [
        (padded(&[3, 3], &[], &[2, 1]), "2 of at most half the window [3, 3]"),
        (padded(&[3, 3], &[], &[1]), "2 of at most half the window"),
        (padded(&[3, 3], &[], &[1, 1, 1]), "2 of at most half the window"),
        (padded(&[3], &[1, 1], &[1, 1]), "extents of at least [3]"),
        (padded(&[9, 3], &[], &[1, 1]), "extents of at least [9, 3]"),
        (padded(&[3, 3], &[0, 1], &[1, 1]), "extents of at least"),
        (padded(&[0, 3], &[], &[0, 1]), "extents of at least"),
        (padded(&[huge, 3], &[], &[huge / 2, 1]), "values with the padding"),
        (padded(&[1 << 39; 2], &[], &[1 << 38; 2]), "values with the padding"),
    ] {
        let error = b.pool(x, PoolKind::Average, spec).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("found batch×[4, 6, 6]"), "{error}");
    }
}

#[test]
fn no_padding_is_held_in_one_form() {
    let graph = |padding: &[usize]| {
        let (mut b, x, _) = start();
        let y = b.pool(x, PoolKind::Max, padded(&[2, 2], &[2, 2], padding)).unwrap();
        b.finish([("y", y)])
    };
    assert_eq!(graph(&[0, 0]), graph(&[]));
    assert!(!graph(&[]).to_json().contains("padding"));
    assert_ne!(graph(&[1, 0]).canonical(), graph(&[]).canonical());
    let text = graph(&[1, 0]).to_json();
    assert!(text.contains(r#""stride":[2,2],"padding":[1,0]},"#), "{text}");
    assert_eq!(serde_json::from_str::<Graph>(&text).unwrap(), graph(&[1, 0]));
    graph(&[1, 0]).check().unwrap();
    // What others write is checked again.
    let wide = text.replace("[1,0]", "[2,0]");
    let error = serde_json::from_str::<Graph>(&wide).unwrap().check().unwrap_err().to_string();
    assert!(error.contains("(max_pool)") && error.contains("at most half the window"), "{error}");
    let printed = graph(&[1, 0]).to_string();
    assert!(printed.contains("max_pool 2×2 padding 1×0 (%0) : batch×[4, 4, 3]"), "{printed}");
}

#[test]
fn a_vector_per_channel_is_of_the_network_or_of_each_example() {
    let (mut b, x, v) = start();
    let fixed = b.parameter(own("p", &[4])).unwrap();
    let plain = b.input("plain", false, &[4, 6, 6]);
    for op in [Op::Gain, Op::Bias] {
        for (x, v) in [(x, v), (x, fixed), (plain, fixed), (v, v)] {
            let y = b.op(op.clone(), &[x, v]).unwrap();
            assert_eq!(b.shape(y), b.shape(x));
        }
        let short = b.input("short", true, &[3]);
        for (x, v) in [(x, short), (plain, v), (x, x)] {
            let error = b.op(op.clone(), &[x, v]).unwrap_err().to_string();
            assert!(error.contains("a vector of 4 channels"), "{error}");
        }
    }
}

#[test]
fn bounds_are_finite_and_in_order() {
    let (mut b, x, _) = start();
    for (low, high) in
        [(1.0, 1.0), (2.0, 1.0), (f32::NAN, 1.0), (0.0, f32::INFINITY), (f32::NEG_INFINITY, 0.0)]
    {
        let error = b.op(Op::Clamp { low, high }, &[x]).unwrap_err().to_string();
        assert!(error.contains("finite bounds in ascending order"), "{error}");
    }
    b.op(Op::Clamp { low: -1.0, high: 1.0 }, &[x]).unwrap();
}

#[test]
fn squeeze_and_excite_costs_two_small_layers() {
    let (mut b, x, _) = start();
    let reduce = [own("model.se.reduce.weight", &[2, 4]), own("model.se.reduce.bias", &[2])];
    let expand = [own("model.se.expand.weight", &[4, 2]), own("model.se.expand.bias", &[4])];
    let y = b.squeeze_excite(x, reduce.clone(), expand.clone(), Op::HardSigmoid).unwrap();
    assert_eq!(b.shape(y), &Shape::new(true, [4, 6, 6]));
    b.squeeze_excite(x, expand.clone(), reduce.clone(), Op::Sigmoid).unwrap_err();
    b.squeeze_excite(x, reduce, expand, Op::Mul).unwrap_err();
    let count = b.finish([("y", y)]).select(&["y"]).unwrap().count();
    assert_eq!((count.params, count.macs), (2 * 4 + 2 + 4 * 2 + 4, 2 * 2 * 4));
    // The input, its means, the three values in between and their gate, the result.
    assert_eq!(count.activation_bytes, 4 * (4 * 36 + 4 + 2 + 2 + 4 + 4 + 4 * 36));
}

#[test]
fn silu_is_a_product() {
    let (mut b, x, _) = start();
    let y = b.silu(x).unwrap();
    let names: Vec<&str> = b.finish([("y", y)]).nodes.iter().map(|node| node.op.name()).collect();
    assert_eq!(names[2..], ["sigmoid", "mul"]);
}

#[test]
fn the_page_for_authors_has_every_method() {
    let page = include_str!("../../../../docs/graph-builder.md");
    let sources =
        [include_str!("../builder.rs"), include_str!("activations.rs"), include_str!("pooling.rs")].concat();
    let methods = sources.split("    pub fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap());
    for name in methods.filter(|name| *name != "new") {
        assert!(page.contains(&format!("{name}(")), "docs/graph-builder.md does not name {name}");
    }
}

/// Its table of ops is that of the enum, each once.
#[test]
fn the_page_for_authors_has_every_op() {
    let page = include_str!("../../../../docs/graph-builder.md");
    let (_, ops) = include_str!("../op.rs").split_once("pub enum Op {\n").unwrap();
    let (ops, _) = ops.split_once("\n}\n").unwrap();
    let name = |line: &str| -> String { line.chars().take_while(|c| c.is_alphanumeric()).collect() };
    let variants = ops.lines().filter_map(|line| line.strip_prefix("    ")).map(name);
    let mut ops: Vec<String> = variants.filter(|name| name.starts_with(char::is_uppercase)).collect();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `Op::"));
    let mut listed: Vec<String> = rows.map(name).collect();
    ops.sort();
    listed.sort();
    assert_eq!(listed, ops, "docs/graph-builder.md lists other ops than there are");
}

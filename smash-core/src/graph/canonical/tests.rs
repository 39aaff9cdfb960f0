//! The canonical form depends on the network only.

use super::super::{Builder, ConvSpec, Graph, Init, Op, Parameter, ValueId};

fn weight(b: &mut Builder, name: &str, out: usize, channels: usize) -> ValueId {
    b.parameter(Parameter::own(name, &[out, channels, 1, 1], Init::Orthogonal)).unwrap()
}

fn pointwise(b: &mut Builder, x: ValueId, name: &str) -> ValueId {
    let channels = b.shape(x).channels();
    let w = weight(b, name, channels, channels);
    b.conv(x, w, ConvSpec::default()).unwrap()
}

fn graph(build: impl FnOnce(&mut Builder, ValueId) -> ValueId) -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", true, &[6, 4, 4]);
    let y = build(&mut b, x);
    b.finish([("y", y)])
}

fn same(a: &Graph, b: &Graph) {
    assert_eq!(a.canonical(), b.canonical(), "\n{}\n{}", a.canonical(), b.canonical());
    for g in [a, b] {
        assert_eq!(g.canonical().canonical(), g.canonical(), "idempotent");
    }
}

fn slice(b: &mut Builder, x: ValueId, channels: std::ops::Range<usize>) -> ValueId {
    b.op(Op::Slice { ranges: vec![channels, 0..4, 0..4] }, &[x]).unwrap()
}

#[test]
fn identities_and_dead_nodes_are_gone() {
    let plain = graph(|b, x| b.relu(x).unwrap());
    let padded = graph(|b, x| {
        pointwise(b, x, "unused");
        let x = slice(b, x, 0..6);
        let x = b.op(Op::Concat, &[x]).unwrap();
        let x = b.op(Op::Reshape { dims: vec![96] }, &[x]).unwrap();
        let x = b.op(Op::Reshape { dims: vec![6, 4, 4] }, &[x]).unwrap();
        let x = b.op(Op::Permute { axes: vec![0, 1, 2] }, &[x]).unwrap();
        let x = b.op(Op::Scale { factor: 1.0 }, &[x]).unwrap();
        b.relu(x).unwrap()
    });
    same(&plain, &padded);
    assert_eq!(padded.canonical().nodes.len(), 2);
    assert!(padded.canonical().parameters.is_empty());
}

#[test]
fn slices_and_concatenations_fold() {
    let parts = |b: &mut Builder, x| (b.relu(x).unwrap(), b.op(Op::Tanh, &[x]).unwrap());
    let plain = graph(|b, x| {
        let (r, t) = parts(b, x);
        let t = slice(b, t, 1..3);
        b.concat(&[r, t, x]).unwrap()
    });
    let folded = graph(|b, x| {
        let (r, t) = parts(b, x);
        let inner = b.op(Op::Concat, &[r, t]).unwrap();
        let whole = b.op(Op::Concat, &[inner, x]).unwrap();
        // r in two slices, two channels of t as a slice of a slice, x in two slices.
        let (a, z) = (slice(b, whole, 0..1), slice(b, whole, 1..6));
        let middle = slice(b, whole, 6..11);
        let middle = slice(b, middle, 1..3);
        let (left, right) = (slice(b, x, 0..2), slice(b, x, 2..6));
        b.concat(&[a, z, middle, left, right]).unwrap()
    });
    same(&plain, &folded);
    assert_eq!(folded.canonical().nodes.len(), 5);
    // Slices that are not adjacent are not merged.
    let swapped = graph(|b, x| {
        let (left, right) = (slice(b, x, 0..2), slice(b, x, 2..6));
        b.concat(&[right, left]).unwrap()
    });
    assert_eq!(swapped.canonical().nodes.len(), 4);
}

/// x + Σ of three 1×1 convolutions in a row, terms in the order given.
fn sum(order: [usize; 4], names: [&str; 3], left: bool) -> Graph {
    graph(|b, x| {
        let mut terms = vec![x];
        for name in names {
            let last = terms[terms.len() - 1];
            terms.push(pointwise(b, last, name));
        }
        let [i, j, k, l] = order.map(|i| terms[i]);
        if left {
            let sum = b.add(i, j).unwrap();
            let sum = b.add(sum, k).unwrap();
            b.add(sum, l).unwrap()
        } else {
            let (a, c) = (b.add(i, j).unwrap(), b.add(k, l).unwrap());
            b.add(a, c).unwrap()
        }
    })
}

#[test]
fn sums_do_not_depend_on_order_grouping_or_names() {
    let base = sum([0, 1, 2, 3], ["a", "b", "c"], true);
    for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        same(&base, &sum(order, ["z", "y", "x"], true));
        same(&base, &sum(order, ["c", "a", "b"], false));
    }
    // Two convolutions that share a weight differ from two with a weight each.
    assert_ne!(base.canonical(), sum([0, 1, 2, 3], ["a", "a", "c"], true).canonical());
    assert_ne!(base.canonical(), sum([0, 1, 2, 2], ["a", "b", "c"], true).canonical());
}

/// Two symmetric convolutions, each used in two sums, whose operands `first` and `second` swap.
fn coupled(first: bool, second: bool, crossed: bool) -> Graph {
    graph(|b, x| {
        let c = [pointwise(b, x, "a"), pointwise(b, x, "b")];
        let w = [weight(b, "u", 6, 6), weight(b, "v", 6, 6)];
        let r = [0, 1].map(|i| b.conv(c[i], w[i], ConvSpec::default()).unwrap());
        let s = [0, 1].map(|i| {
            let other = if crossed { c[1 - i] } else { c[i] };
            b.op(Op::Mul, &[r[i], other]).unwrap()
        });
        let mut pair = |v: [ValueId; 2], swap: bool| {
            if swap { b.add(v[1], v[0]).unwrap() } else { b.add(v[0], v[1]).unwrap() }
        };
        let (p, q) = (pair(c, first), pair(s, second));
        b.concat(&[p, q]).unwrap()
    })
}

#[test]
fn ties_are_broken_together() {
    for swap in [(true, false), (false, true), (true, true)] {
        same(&coupled(false, false, false), &coupled(swap.0, swap.1, false));
        same(&coupled(false, false, true), &coupled(swap.0, swap.1, true));
    }
    assert_ne!(coupled(false, false, false).canonical(), coupled(false, false, true).canonical());
}

#[test]
fn boxes_of_one_tensor_stay_so() {
    let boxes = |names: [&str; 2]| {
        graph(|b, x| {
            let mut y = x;
            for (i, name) in names.iter().enumerate() {
                let slice = vec![i..i + 6, 0..6, 0..1, 0..1];
                let w =
                    b.parameter(Parameter::shared(*name, &[8, 6, 1, 1], slice, Init::Orthogonal)).unwrap();
                y = b.conv(y, w, ConvSpec::default()).unwrap();
            }
            y
        })
    };
    same(&boxes(["a", "a"]), &boxes(["b", "b"]));
    same(&boxes(["a", "b"]), &boxes(["b", "a"]));
    assert_ne!(boxes(["a", "a"]).canonical(), boxes(["a", "b"]).canonical());
    let (canonical, names) = boxes(["late", "early"]).canonical_with_names();
    assert_eq!((names["late"].as_str(), names["early"].as_str()), ("p0", "p1"));
    assert_eq!(canonical.parameters[1].name, "p1");
}

#[test]
fn outputs_are_ordered_by_name() {
    let both = |swap: bool| {
        let mut b = Builder::new();
        let x = b.input("x", true, &[6, 4, 4]);
        let (r, t) = (b.relu(x).unwrap(), b.op(Op::Tanh, &[x]).unwrap());
        if swap { b.finish([("t", t), ("r", r)]) } else { b.finish([("r", r), ("t", t)]) }
    };
    same(&both(false), &both(true));
    assert_eq!(both(true).canonical().select(&["t"]).unwrap().nodes.len(), 2);
}

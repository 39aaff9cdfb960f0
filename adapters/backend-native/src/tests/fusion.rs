//! Patterns that are fused, read in place or reuse buffers.

use smash_core::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, ValueId};

use super::harness::check;
use crate::plan::{Compiled, Kind};

fn conv(b: &mut Builder, x: ValueId, name: &str, outputs: usize, groups: usize) -> ValueId {
    let inputs = b.shape(x).channels() / groups;
    let w = b.parameter(Parameter::own(name, &[outputs, inputs, 3, 3], Init::Orthogonal)).unwrap();
    b.conv(x, w, ConvSpec::same(&[3, 3], &[1, 1], groups)).unwrap()
}

fn kinds(graph: &Graph, kind: Kind) -> usize {
    Compiled::new(graph).unwrap().kinds.iter().filter(|k| **k == kind).count()
}

/// A network over memory banks: everything that is read in place at once.
pub(crate) fn banks() -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 4, 4]);
    let a = conv(&mut b, x, "stem", 4, 1);
    let c = conv(&mut b, a, "second", 6, 1);
    let banks = b.concat(&[a, c]).unwrap();
    let r = b.relu(banks).unwrap();
    let d = conv(&mut b, r, "third", 4, 2);
    let e = conv(&mut b, r, "fourth", 4, 1);
    let part = b.channels(c, 2..6).unwrap();
    let s = b.add(part, d).unwrap();
    let s = b.add(s, e).unwrap();
    let norm =
        ["gamma", "beta", "mean", "variance"].map(|n| Parameter::own(n, &[8], Init::Constant { value: 1.0 }));
    let [gamma, beta, mean, variance] = norm.map(|p| Parameter { slice: vec![2..6], ..p });
    let n = b.batch_norm(s, [gamma, beta, mean.buffer(), variance.buffer()]).unwrap();
    let l = b.op(Op::LeakyRelu { slope: 0.1 }, &[n]).unwrap();
    let all = b.concat(&[l, part, a]).unwrap();
    let w = Parameter::shared("bank", &[8, 14, 5, 5], vec![1..5, 2..14, 1..4, 1..4], Init::Orthogonal);
    let w = b.parameter(w).unwrap();
    let f = b.conv(all, w, ConvSpec::same(&[3, 3], &[1, 1], 1)).unwrap();
    let w = Parameter::shared("bank", &[8, 14, 5, 5], vec![3..6, 0..4, 2..3, 2..3], Init::Orthogonal);
    let w = b.parameter(w).unwrap();
    let g = b.conv(f, w, ConvSpec::default()).unwrap();
    let p = b.average_pool(g, &[2, 2]).unwrap();
    let logits = b.global_average_pool(p).unwrap();
    b.with_loss(logits).unwrap()
}

#[test]
fn a_network_over_memory_banks() {
    let graph = banks();
    // relu(concat) is fused; the concatenation of the leaky ReLU's result is a view.
    assert_eq!(kinds(&graph, Kind::Fused), 1);
    assert_eq!(kinds(&graph, Kind::Copy), 0);
    check("banks", &graph, 3);
}

#[test]
fn convolutions_apply_the_relu() {
    for batched in [true, false] {
        let mut b = Builder::new();
        let x = b.input("x", batched, &[2, 5, 6]);
        let h = conv(&mut b, x, "a", 4, 1);
        let r = b.op(Op::LeakyRelu { slope: 0.2 }, &[h]).unwrap();
        let y = conv(&mut b, r, "b", 2, 2);
        let z = conv(&mut b, r, "c", 3, 1);
        // The value before the ReLU is used otherwise, too.
        let t = b.op(Op::Tanh, &[h]).unwrap();
        let graph = b.finish([("y", y), ("z", z), ("t", t), ("h", h)]);
        assert_eq!(kinds(&graph, Kind::Fused), 1);
        check("relu, conv", &graph, 2);
    }
}

#[test]
fn a_relu_with_other_users_is_not_fused() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[2, 5, 6]);
    let h = conv(&mut b, x, "a", 4, 1);
    let r = b.relu(h).unwrap();
    let y = conv(&mut b, r, "b", 4, 1);
    let s = b.add(r, y).unwrap();
    let graph = b.finish([("s", s)]);
    assert_eq!(kinds(&graph, Kind::Fused), 0);
    check("relu with two users", &graph, 2);
}

#[test]
fn views_of_one_value_out_of_order() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[2, 5, 6]);
    let h = conv(&mut b, x, "a", 6, 1);
    let parts = [3..6, 0..2, 1..4].map(|r| b.channels(h, r).unwrap());
    let c = b.concat(&parts).unwrap();
    let r = b.relu(c).unwrap();
    let y = conv(&mut b, r, "b", 2, 2);
    let q = b.channels(c, 2..4).unwrap();
    let z = b.add(q, y).unwrap();
    check("views out of order", &b.finish([("z", z), ("c", c)]), 2);
}

#[test]
fn chains_of_sums_in_place() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 4, 4]);
    let mut sum = x;
    for i in 0..4 {
        let h = conv(&mut b, sum, &format!("w{i}"), 3, 1);
        let t = b.op(Op::Tanh, &[h]).unwrap();
        sum = b.add(if i % 2 == 0 { sum } else { t }, if i % 2 == 0 { t } else { sum }).unwrap();
    }
    check("sums", &b.finish([("y", sum)]), 2);
}

#[test]
fn generated_weights_and_shared_parameters() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 4, 4]);
    let w = b.input("generated", false, &[12, 40]);
    let mut h = x;
    for start in [0, 9, 20] {
        let s = b.op(Op::Slice { ranges: vec![1..4, start..start + 27] }, &[w]);
        let s = s.or_else(|_| b.op(Op::Slice { ranges: vec![1..4, 13..40] }, &[w])).unwrap();
        let p = b.op(Op::Permute { axes: vec![1, 0] }, &[s]).unwrap();
        let n = b.op(Op::Normalize, &[p]).unwrap();
        let k = b.op(Op::Reshape { dims: vec![3, 3, 3, 3] }, &[n]).unwrap();
        h = b.conv(h, k, ConvSpec::same(&[3, 3], &[1, 1], 1)).unwrap();
        let g = b.parameter(Parameter::own("gain", &[3], Init::Constant { value: 1.0 })).unwrap();
        h = b.op(Op::Gain, &[h, g]).unwrap();
    }
    check("generated", &b.finish([("y", h)]), 2);
}

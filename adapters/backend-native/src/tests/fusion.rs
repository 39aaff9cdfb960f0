//! Patterns that are fused, read in place or reuse buffers.

use smash_core::conformance::networks::banks;
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

#[test]
fn memory_banks_are_read_in_place() {
    let graph = banks().unwrap();
    // relu(concat) is fused; the concatenation of the leaky ReLU's result is a view.
    assert_eq!(kinds(&graph, Kind::Fused), 1);
    assert_eq!(kinds(&graph, Kind::Copy), 0);
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

//! Every op, alone and in the patterns that are fused or read in place.

use smash_core::graph::{Builder, ConvSpec, Init, Op, Parameter, PoolKind, ValueId};

use super::harness::check;

const INIT: Init = Init::Orthogonal;

fn weight(b: &mut Builder, name: &str, dims: &[usize]) -> ValueId {
    b.parameter(Parameter::own(name, dims, INIT)).unwrap()
}

/// A graph from an input `x` to an output `y`.
fn one(what: &str, batched: bool, dims: &[usize], build: impl FnOnce(&mut Builder, ValueId) -> ValueId) {
    let mut b = Builder::new();
    let x = b.input("x", batched, dims);
    let y = build(&mut b, x);
    check(what, &b.finish([("y", y)]), 3);
}

fn norm(channels: usize) -> [Parameter; 4] {
    let own = |name: &str| Parameter::own(name, &[channels], INIT);
    [own("gamma"), own("beta"), own("mean").buffer(), own("variance").buffer()]
}

#[test]
fn elementwise() {
    for batched in [true, false] {
        for dims in [&[5][..], &[2, 7], &[3, 4, 5], &[2, 3, 4, 2]] {
            let ops = [
                Op::LeakyRelu { slope: 0.0 },
                Op::LeakyRelu { slope: 0.1 },
                Op::LeakyRelu { slope: -0.3 },
                Op::Tanh,
                Op::Sigmoid,
                Op::Scale { factor: -1.7 },
            ];
            for op in ops {
                one(&format!("{op:?} {dims:?}"), batched, dims, |b, x| b.op(op, &[x]).unwrap());
            }
            for op in [Op::Bias, Op::Gain] {
                one(&format!("{op:?} {dims:?}"), batched, dims, |b, x| {
                    let v = weight(b, "v", &dims[..1]);
                    b.op(op, &[x, v]).unwrap()
                });
            }
            one("sum, product, square", batched, dims, |b, x| {
                let y = b.op(Op::Tanh, &[x]).unwrap();
                let s = b.add(x, y).unwrap();
                let p = b.op(Op::Mul, &[s, y]).unwrap();
                let q = b.op(Op::Mul, &[p, p]).unwrap();
                let d = b.add(q, q).unwrap();
                b.op(Op::Sigmoid, &[d]).unwrap()
            });
        }
    }
}

#[test]
fn convolutions() {
    let cases: [(&[usize], &[usize], ConvSpec); 9] = [
        (&[3, 9], &[4, 3, 3], ConvSpec::same(&[3], &[1], 1)),
        (&[4, 10], &[6, 2, 2], ConvSpec { stride: vec![3], groups: 2, ..ConvSpec::default() }),
        (&[3, 6, 7], &[4, 3, 3, 3], ConvSpec::same(&[3, 3], &[1, 1], 1)),
        (&[4, 8, 6], &[8, 1, 3, 1], ConvSpec::same(&[3, 1], &[2, 1], 4)),
        (
            &[2, 9, 8],
            &[2, 2, 2, 3],
            ConvSpec { stride: vec![2, 3], padding: vec![1, 0], dilation: vec![2, 1], groups: 1 },
        ),
        (&[5, 4, 4], &[3, 5, 1, 1], ConvSpec::default()),
        (&[2, 3, 4, 3], &[2, 2, 3, 3, 3], ConvSpec::same(&[3, 3, 3], &[1, 1, 1], 1)),
        (
            &[2, 4, 5, 6],
            &[4, 1, 2, 1, 3],
            ConvSpec { stride: vec![2, 1, 2], padding: vec![0, 1, 1], groups: 2, ..ConvSpec::default() },
        ),
        (&[1, 20, 20], &[2, 1, 5, 5], ConvSpec::same(&[5, 5], &[1, 1], 1)),
    ];
    for (x, w, spec) in cases {
        for batched in [true, false] {
            one(&format!("conv {x:?} {w:?}"), batched, x, |b, x| {
                let w = weight(b, "w", w);
                b.conv(x, w, spec.clone()).unwrap()
            });
        }
    }
}

#[test]
fn linear_and_loss() {
    for batched in [true, false] {
        one("linear", batched, &[7], |b, x| {
            let (w, v) = (weight(b, "w", &[3, 7]), weight(b, "b", &[3]));
            b.linear(x, w, v).unwrap()
        });
        one("log softmax", batched, &[4], |b, x| b.op(Op::LogSoftmax, &[x]).unwrap());
    }
    let mut b = Builder::new();
    let x = b.input("x", true, &[3]);
    check("loss", &b.with_loss(x).unwrap(), 5);
}

#[test]
fn batch_norm() {
    for batched in [true, false] {
        for dims in [&[3, 5][..], &[4, 3, 3], &[2, 2, 3, 2]] {
            one(&format!("batch norm {dims:?}"), batched, dims, |b, x| {
                b.batch_norm(x, norm(dims[0])).unwrap()
            });
        }
    }
    one("batch norm of a vector", true, &[3], |b, x| b.batch_norm(x, norm(3)).unwrap());
    one("batch norm twice, boxes", true, &[2, 6], |b, x| {
        let boxed = |p: Parameter, at: usize| Parameter { slice: vec![at..at + 2], ..p };
        let y = b.batch_norm(x, norm(5).map(|p| boxed(p, 1))).unwrap();
        let y = b.op(Op::Tanh, &[y]).unwrap();
        b.batch_norm(y, norm(5).map(|p| boxed(p, 2))).unwrap()
    });
}

#[test]
fn pooling() {
    for batched in [true, false] {
        for kind in [PoolKind::Average, PoolKind::Max] {
            for (dims, window, stride) in [
                (&[2, 7][..], &[2][..], &[2][..]),
                (&[3, 6, 5], &[2, 3], &[2, 1]),
                (&[2, 4, 4, 5], &[2, 1, 2], &[1, 2, 2]),
            ] {
                let op = Op::Pool { kind, window: window.to_vec(), stride: stride.to_vec() };
                one(&format!("{op:?}"), batched, dims, |b, x| b.op(op, &[x]).unwrap());
            }
        }
        for dims in [&[3][..], &[3, 4], &[2, 3, 5], &[2, 3, 2, 2]] {
            one("global average pool", batched, dims, |b, x| b.global_average_pool(x).unwrap());
        }
    }
}

#[test]
fn shapes() {
    for batched in [true, false] {
        let ranges = |r: &[(usize, usize)]| r.iter().map(|&(a, b)| a..b).collect::<Vec<_>>();
        for r in [
            ranges(&[(1, 3), (0, 4), (0, 5)]),
            ranges(&[(0, 3), (1, 3), (2, 5)]),
            ranges(&[(1, 2), (3, 4), (0, 5)]),
        ] {
            one(&format!("slice {r:?}"), batched, &[3, 4, 5], |b, x| {
                let t = b.op(Op::Tanh, &[x]).unwrap();
                let s = b.op(Op::Slice { ranges: r.clone() }, &[t]).unwrap();
                b.op(Op::Sigmoid, &[s]).unwrap()
            });
        }
        for axes in [vec![0, 1, 2], vec![2, 0, 1], vec![1, 0, 2], vec![2, 1, 0]] {
            one(&format!("permute {axes:?}"), batched, &[3, 4, 5], |b, x| {
                b.op(Op::Permute { axes }, &[x]).unwrap()
            });
        }
        one("reshape of a concatenation to rows", batched, &[2, 6], |b, x| {
            let t = b.op(Op::Tanh, &[x]).unwrap();
            let c = b.concat(&[t, x]).unwrap();
            let r = b.op(Op::Reshape { dims: vec![24] }, &[c]).unwrap();
            let (w, v) = (weight(b, "w", &[3, 24]), weight(b, "b", &[3]));
            b.linear(r, w, v).unwrap()
        });
        one("overlapping views", batched, &[4, 3], |b, x| {
            let t = b.op(Op::Tanh, &[x]).unwrap();
            let parts = [0..3, 1..4, 0..1].map(|r| b.channels(t, r).unwrap());
            let c = b.concat(&parts).unwrap();
            let d = b.op(Op::Tanh, &[c]).unwrap();
            let e = b.op(Op::Mul, &[c, d]).unwrap();
            let f = b.channels(e, 2..6).unwrap();
            b.add(f, t).unwrap()
        });
        one("unaligned planes", batched, &[3, 2], |b, x| {
            let c = b.concat(&[x, x]).unwrap();
            let s = b.channels(c, 1..5).unwrap();
            let r = b.op(Op::Reshape { dims: vec![2, 4] }, &[s]).unwrap();
            let w = weight(b, "w", &[3, 2, 3]);
            b.conv(r, w, ConvSpec::same(&[3], &[1], 1)).unwrap()
        });
    }
    one("normalised slices", false, &[6, 9], |b, x| {
        let s = b.op(Op::Slice { ranges: vec![1..5, 2..8] }, &[x]).unwrap();
        let p = b.op(Op::Permute { axes: vec![1, 0] }, &[s]).unwrap();
        let n = b.op(Op::Normalize, &[p]).unwrap();
        b.op(Op::Reshape { dims: vec![6, 4, 1, 1] }, &[n]).unwrap()
    });
}

#[test]
fn scalar_values() {
    for batched in [true, false] {
        one("scalars", batched, &[], |b, x| {
            let t = b.op(Op::Tanh, &[x]).unwrap();
            let p = b.op(Op::Permute { axes: vec![] }, &[t]).unwrap();
            let s = b.op(Op::Slice { ranges: vec![] }, &[p]).unwrap();
            b.add(s, x).unwrap()
        });
    }
}

//! Patterns that an engine may fuse or compute in place.

use super::Subject;
use crate::error::Result;
use crate::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, PoolKind, PoolSpec, ValueId};

fn conv(b: &mut Builder, x: ValueId, name: &str, outputs: usize, groups: usize) -> Result<ValueId> {
    let inputs = b.shape(x).channels() / groups;
    let w = b.parameter(Parameter::own(name, &[outputs, inputs, 3, 3], Init::Orthogonal))?;
    b.conv(x, w, ConvSpec::same(&[3, 3], &[1, 1], groups))
}

/// A network over memory banks, from `x` `[3, 4, 4]` to three classes: concatenations that are read channel
/// by channel, slices of shared weights and statistics, batch norm, pooling and a loss.
///
/// # Errors
/// Never: the shapes of this network fit.
pub fn banks() -> Result<Graph> {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 4, 4]);
    let a = conv(&mut b, x, "stem", 4, 1)?;
    let c = conv(&mut b, a, "second", 6, 1)?;
    let banks = b.concat(&[a, c])?;
    let r = b.relu(banks)?;
    let d = conv(&mut b, r, "third", 4, 2)?;
    let e = conv(&mut b, r, "fourth", 4, 1)?;
    let part = b.channels(c, 2..6)?;
    let s = b.add(part, d)?;
    let s = b.add(s, e)?;
    let norm =
        ["gamma", "beta", "mean", "variance"].map(|n| Parameter::own(n, &[8], Init::Constant { value: 1.0 }));
    let [gamma, beta, mean, variance] = norm.map(|p| Parameter { slice: vec![2..6], ..p });
    let n = b.batch_norm(s, [gamma, beta, mean.buffer(), variance.buffer()])?;
    let l = b.op(Op::LeakyRelu { slope: 0.1 }, &[n])?;
    let all = b.concat(&[l, part, a])?;
    let w = Parameter::shared("bank", &[8, 14, 5, 5], vec![1..5, 2..14, 1..4, 1..4], Init::Orthogonal);
    let w = b.parameter(w)?;
    let f = b.conv(all, w, ConvSpec::same(&[3, 3], &[1, 1], 1))?;
    let w = Parameter::shared("bank", &[8, 14, 5, 5], vec![3..6, 0..4, 2..3, 2..3], Init::Orthogonal);
    let w = b.parameter(w)?;
    let g = b.conv(f, w, ConvSpec::default())?;
    let p = b.average_pool(g, &[2, 2])?;
    let logits = b.global_average_pool(p)?;
    b.with_loss(logits)
}

/// The network of [`banks`].
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn memory_banks(subject: &mut Subject<'_>) -> Result<()> {
    subject.graph("a network over memory banks", &banks()?, 3)
}

/// Convolutions whose weights are normalised slices of one matrix, with one gain for all.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn generated_weights(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let mut h = b.input("x", true, &[3, 4, 4]);
    let w = b.input("generated", false, &[12, 40]);
    for start in [0, 9, 13] {
        let s = b.op(Op::Slice { ranges: vec![1..4, start..start + 27] }, &[w])?;
        let p = b.op(Op::Permute { axes: vec![1, 0] }, &[s])?;
        let n = b.op(Op::Normalize, &[p])?;
        let k = b.op(Op::Reshape { dims: vec![3, 3, 3, 3] }, &[n])?;
        h = b.conv(h, k, ConvSpec::same(&[3, 3], &[1, 1], 1))?;
        let g = b.parameter(Parameter::own("gain", &[3], Init::Constant { value: 1.0 }))?;
        h = b.op(Op::Gain, &[h, g])?;
    }
    subject.graph("generated weights", &b.finish([("y", h)]), 2)
}

/// Channels of a value, out of order and repeatedly.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn views(subject: &mut Subject<'_>) -> Result<()> {
    for batched in [true, false] {
        let mut b = Builder::new();
        let x = b.input("x", batched, &[2, 5, 6]);
        let h = conv(&mut b, x, "a", 6, 1)?;
        let parts = [b.channels(h, 3..6)?, b.channels(h, 0..2)?, b.channels(h, 1..4)?];
        let c = b.concat(&parts)?;
        let r = b.relu(c)?;
        let y = conv(&mut b, r, "b", 2, 2)?;
        let q = b.channels(c, 2..4)?;
        let z = b.add(q, y)?;
        subject.graph("views out of order", &b.finish([("z", z), ("c", c)]), 2)?;
    }
    Ok(())
}

/// Chains of sums over one value.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn sums(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let mut sum = b.input("x", true, &[3, 4, 4]);
    for i in 0..4 {
        let h = conv(&mut b, sum, &format!("w{i}"), 3, 1)?;
        let t = b.op(Op::Tanh, &[h])?;
        sum = if i % 2 == 0 { b.add(sum, t)? } else { b.add(t, sum)? };
    }
    subject.graph("sums", &b.finish([("y", sum)]), 2)
}

/// A leaky ReLU whose input and output are both used and both fetched.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn values_before_and_after_a_relu(subject: &mut Subject<'_>) -> Result<()> {
    for batched in [true, false] {
        let mut b = Builder::new();
        let x = b.input("x", batched, &[2, 5, 6]);
        let h = conv(&mut b, x, "a", 4, 1)?;
        let r = b.op(Op::LeakyRelu { slope: 0.2 }, &[h])?;
        let y = conv(&mut b, r, "b", 2, 2)?;
        let z = conv(&mut b, r, "c", 3, 1)?;
        let t = b.op(Op::Tanh, &[h])?;
        let graph = b.finish([("y", y), ("z", z), ("t", t), ("h", h)]);
        subject.graph("leaky_relu and conv", &graph, 2)?;
    }
    Ok(())
}

/// An inverted residual block with hard activations, padded pooling, and squeeze and excite.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn inverted_residual(subject: &mut Subject<'_>) -> Result<()> {
    let own = |name: &str, dims: &[usize]| Parameter::own(name, dims, Init::Orthogonal);
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 5, 6]);
    let h = b.conv_by(x, own("expand", &[6, 3, 1, 1]), ConvSpec::default())?;
    let h = b.op(Op::Scale { factor: 4.0 }, &[h])?;
    let h = b.hard_swish(h)?;
    let h = b.conv_by(h, own("depthwise", &[6, 1, 3, 3]), ConvSpec::same(&[3, 3], &[1, 1], 6))?;
    let h = b.relu6(h)?;
    let reduce = [own("reduce", &[2, 6]), own("reduce bias", &[2])];
    let expand = [own("excite", &[6, 2]), own("excite bias", &[6])];
    let h = b.squeeze_excite(h, reduce, expand, Op::HardSigmoid)?;
    let h = b.conv_by(h, own("project", &[3, 6, 1, 1]), ConvSpec::default())?;
    let (most, mean) = (
        b.pool(x, PoolKind::Max, PoolSpec::same(&[3, 3]))?,
        b.pool(h, PoolKind::Average, PoolSpec::same(&[3, 3]))?,
    );
    let y = b.add(most, mean)?;
    let y = b.silu(y)?;
    subject.graph("an inverted residual block", &b.finish([("y", y)]), 3)
}

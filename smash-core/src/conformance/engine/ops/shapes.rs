//! Ops that only move values.

use super::{Subject, both, weight};
use crate::error::Result;
use crate::graph::{ConvSpec, Op};

/// `concat`, also of a value with itself.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn concat(subject: &mut Subject<'_>) -> Result<()> {
    for dims in [&[3][..], &[2, 6], &[3, 4, 5], &[2, 3, 2, 2]] {
        both(subject, "concat", dims, |b, x| {
            let t = b.op(Op::Tanh, &[x])?;
            let c = b.concat(&[t, x, t])?;
            b.op(Op::Sigmoid, &[c])
        })?;
    }
    Ok(())
}

/// `slice`, along channels and along other extents; overlapping slices.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn slice(subject: &mut Subject<'_>) -> Result<()> {
    for ranges in [vec![1..3, 0..4, 0..5], vec![0..3, 1..3, 2..5], vec![1..2, 3..4, 0..5]] {
        both(subject, &format!("slice {ranges:?}"), &[3, 4, 5], |b, x| {
            let t = b.op(Op::Tanh, &[x])?;
            let s = b.op(Op::Slice { ranges: ranges.clone() }, &[t])?;
            b.op(Op::Sigmoid, &[s])
        })?;
    }
    both(subject, "slice of a scalar", &[], |b, x| b.op(Op::Slice { ranges: vec![] }, &[x]))?;
    both(subject, "slices that overlap", &[4, 3], |b, x| {
        let t = b.op(Op::Tanh, &[x])?;
        let (first, second) = (b.channels(t, 0..3)?, b.channels(t, 1..4)?);
        b.op(Op::Mul, &[first, second])
    })
}

/// `reshape`, before ops that read planes or rows.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn reshape(subject: &mut Subject<'_>) -> Result<()> {
    both(subject, "reshape to rows", &[2, 6], |b, x| {
        let t = b.op(Op::Tanh, &[x])?;
        let c = b.concat(&[t, x])?;
        let r = b.op(Op::Reshape { dims: vec![24] }, &[c])?;
        let (w, v) = (weight(b, "w", &[3, 24])?, weight(b, "b", &[3])?);
        b.linear(r, w, v)
    })?;
    both(subject, "reshape of convolution results", &[3, 4, 4], |b, x| {
        let w = weight(b, "w", &[4, 3, 3, 3])?;
        let y = b.conv(x, w, ConvSpec::same(&[3, 3], &[1, 1], 1))?;
        let r = b.op(Op::Reshape { dims: vec![2, 32] }, &[y])?;
        b.op(Op::Tanh, &[r])
    })?;
    both(subject, "reshape of a box", &[3, 2], |b, x| {
        let c = b.concat(&[x, x])?;
        let s = b.channels(c, 1..5)?;
        let r = b.op(Op::Reshape { dims: vec![2, 4] }, &[s])?;
        let w = weight(b, "w", &[3, 2, 3])?;
        b.conv(r, w, ConvSpec::same(&[3], &[1], 1))
    })
}

/// `permute`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn permute(subject: &mut Subject<'_>) -> Result<()> {
    for axes in [vec![0, 1, 2], vec![2, 0, 1], vec![1, 0, 2], vec![2, 1, 0]] {
        both(subject, &format!("permute {axes:?}"), &[3, 4, 5], |b, x| {
            b.op(Op::Permute { axes: axes.clone() }, &[x])
        })?;
    }
    both(subject, "permute of a scalar", &[], |b, x| b.op(Op::Permute { axes: vec![] }, &[x]))
}

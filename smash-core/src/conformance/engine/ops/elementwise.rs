//! Elementwise ops and ops with one number per channel.

use super::{Subject, both, one, weight};
use crate::error::Result;
use crate::graph::{Builder, Op, ValueId};

/// Extents of every rank.
const DIMS: [&[usize]; 5] = [&[], &[5], &[2, 7], &[3, 4, 5], &[2, 3, 4, 2]];

fn unary(subject: &mut Subject<'_>, op: &Op) -> Result<()> {
    let what = format!("{op:?}");
    DIMS.into_iter().try_for_each(|dims| both(subject, &what, dims, |b, x| b.op(op.clone(), &[x])))
}

/// `leaky_relu` with zero, positive and negative slopes.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn leaky_relu(subject: &mut Subject<'_>) -> Result<()> {
    [0.0, 0.1, -0.3].into_iter().try_for_each(|slope| unary(subject, &Op::LeakyRelu { slope }))
}

/// `tanh`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn tanh(subject: &mut Subject<'_>) -> Result<()> {
    unary(subject, &Op::Tanh)
}

/// `sigmoid`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn sigmoid(subject: &mut Subject<'_>) -> Result<()> {
    unary(subject, &Op::Sigmoid)
}

/// `scale`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn scale(subject: &mut Subject<'_>) -> Result<()> {
    unary(subject, &Op::Scale { factor: -1.7 })
}

/// A binary op: of two values, and of a value with itself.
fn binary(subject: &mut Subject<'_>, op: &Op) -> Result<()> {
    let build = |b: &mut Builder, x: ValueId| {
        let t = b.op(Op::Tanh, &[x])?;
        let y = b.op(op.clone(), &[x, t])?;
        let s = b.op(Op::Sigmoid, &[y])?;
        let z = b.op(op.clone(), &[s, s])?;
        b.op(op.clone(), &[z, y])
    };
    DIMS.into_iter().try_for_each(|dims| both(subject, op.name(), dims, build))
}

/// `add`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn add(subject: &mut Subject<'_>) -> Result<()> {
    binary(subject, &Op::Add)
}

/// `mul`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn mul(subject: &mut Subject<'_>) -> Result<()> {
    binary(subject, &Op::Mul)
}

/// An op with one number per channel: a parameter, an input of each example, and channels of a value that is
/// computed from `x`.
fn per_channel(subject: &mut Subject<'_>, op: &Op) -> Result<()> {
    for dims in &DIMS[1..] {
        both(subject, op.name(), dims, |b, x| {
            let v = weight(b, "v", &dims[..1])?;
            b.op(op.clone(), &[x, v])
        })?;
        one(subject, &format!("batched {}", op.name()), (true, dims), |b, x| {
            let v = b.input("v", true, &dims[..1]);
            b.op(op.clone(), &[x, v])
        })?;
        one(subject, &format!("{} by its own means", op.name()), (true, dims), |b, x| {
            let (s, pooled) = (b.sigmoid(x)?, b.global_average_pool(x)?);
            let (both, means) = (b.concat(&[x, s])?, b.concat(&[pooled, pooled, pooled])?);
            let v = b.channels(means, 1..1 + 2 * dims[0])?;
            b.op(op.clone(), &[both, v])
        })?;
    }
    both(subject, &format!("{} by itself", op.name()), &[5], |b, x| {
        let y = b.sigmoid(x)?;
        b.op(op.clone(), &[y, y])
    })
}

/// `bias`, by one vector and by one for each example.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn bias(subject: &mut Subject<'_>) -> Result<()> {
    per_channel(subject, &Op::Bias)
}

/// `gain`, by one vector and by one for each example.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn gain(subject: &mut Subject<'_>) -> Result<()> {
    per_channel(subject, &Op::Gain)
}

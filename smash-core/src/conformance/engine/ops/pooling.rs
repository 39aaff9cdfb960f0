//! Pooling.

use super::{Subject, both};
use crate::backend::{Feed, Fetch, InputGradient, Mode};
use crate::conformance::engine::data::tensor;
use crate::conformance::engine::subject::ensure;
use crate::error::Result;
use crate::graph::{Builder, Op, PoolKind};
use crate::tensor::Tensor;

fn pool(subject: &mut Subject<'_>, kind: PoolKind) -> Result<()> {
    for (dims, window, stride) in [
        (&[2, 7][..], &[2][..], &[2][..]),
        (&[3, 6, 5], &[2, 3], &[2, 1]),
        (&[5, 4, 4], &[2, 2], &[2, 2]),
        (&[2, 4, 4, 5], &[2, 1, 2], &[1, 2, 2]),
    ] {
        let op = Op::Pool { kind, window: window.to_vec(), stride: stride.to_vec() };
        both(subject, &format!("{op:?}"), dims, |b, x| b.op(op.clone(), &[x]))?;
    }
    Ok(())
}

/// `average_pool`, with overlapping windows and with incomplete windows at the border.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn average_pool(subject: &mut Subject<'_>) -> Result<()> {
    pool(subject, PoolKind::Average)
}

/// `max_pool`, with overlapping windows and with incomplete windows at the border; the first of equal values
/// takes the gradient.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn max_pool(subject: &mut Subject<'_>) -> Result<()> {
    pool(subject, PoolKind::Max)?;
    let mut b = Builder::new();
    let x = b.input("x", true, &[1, 2, 4]);
    let window = vec![2, 2];
    let y = b.op(Op::Pool { kind: PoolKind::Max, window: window.clone(), stride: window }, &[x])?;
    let (mut backend, plan) = subject.load(&b.finish([("y", y)]))?;
    let x = tensor(&[1, 1, 2, 4], vec![0.0, 3.0, -1.0, -1.0, 3.0, 3.0, -1.0, -1.0])?;
    let seed = Tensor::full(&[1, 1, 1, 2], 1.0);
    backend.run(plan, Mode::Train, &[("x", Feed::Host(&x))], &[])?;
    let found = backend.backward(plan, &[("y", Feed::Host(&seed))], &[("x", Fetch::Host)])?;
    let expected = InputGradient::Host(tensor(&[1, 1, 2, 4], vec![0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])?);
    ensure(found.as_slice() == [expected.clone()], || {
        format!("max_pool of equal numbers, gradient of {x:?}: expected {expected:?}, found {found:?}")
    })
}

/// `global_average_pool`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn global_average_pool(subject: &mut Subject<'_>) -> Result<()> {
    [&[3][..], &[3, 4], &[2, 3, 5], &[2, 3, 2, 2]]
        .into_iter()
        .try_for_each(|dims| both(subject, "global_average_pool", dims, |b, x| b.global_average_pool(x)))
}

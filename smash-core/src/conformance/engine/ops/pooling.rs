//! Pooling.

use super::{Subject, both};
use crate::backend::{Feed, Fetch, InputGradient, Mode};
use crate::conformance::engine::call::fetch;
use crate::conformance::engine::data::tensor;
use crate::conformance::engine::subject::ensure;
use crate::conformance::engine::tolerance::Measure;
use crate::error::Result;
use crate::graph::{Builder, Op, PoolKind, PoolSpec};
use crate::tensor::Tensor;

fn pool(subject: &mut Subject<'_>, kind: PoolKind) -> Result<()> {
    for (dims, window, stride, padding) in [
        (&[2, 7][..], &[2][..], &[2][..], &[][..]),
        (&[3, 6, 5], &[2, 3], &[2, 1], &[]),
        (&[5, 4, 4], &[2, 2], &[2, 2], &[]),
        (&[2, 4, 4, 5], &[2, 1, 2], &[1, 2, 2], &[]),
        (&[2, 7], &[3], &[1], &[1]),
        (&[2, 6], &[2], &[2], &[1]),
        (&[3, 6, 5], &[3, 3], &[1, 1], &[1, 1]),
        (&[2, 7, 6], &[5, 2], &[2, 2], &[2, 1]),
        (&[2, 5, 6], &[3, 2], &[2, 1], &[0, 1]),
        (&[4, 1, 2], &[5, 3], &[1, 1], &[2, 1]),
        (&[2, 4, 3, 5], &[3, 1, 3], &[1, 2, 2], &[1, 0, 1]),
        (&[2, 1, 3, 2], &[3, 3, 3], &[1, 2, 1], &[1, 1, 1]),
    ] {
        let [window, stride, padding] = [window, stride, padding].map(<[usize]>::to_vec);
        let op = Op::Pool { kind, window, stride, padding };
        both(subject, &format!("{op:?}"), dims, |b, x| b.op(op.clone(), &[x]))?;
    }
    Ok(())
}

/// Padding is no value: every result of a pooling of equal numbers is that number.
fn equal(subject: &mut Subject<'_>, kind: PoolKind) -> Result<()> {
    let mut b = Builder::new();
    let x = b.input("x", true, &[2, 4, 5]);
    let y = b.pool(x, kind, PoolSpec::same(&[3, 3]))?;
    let (mut backend, plan) = subject.load(&b.finish([("y", y)]))?;
    let x = Tensor::full(&[1, 2, 4, 5], -1.5);
    let found = fetch(backend.as_mut(), plan, Mode::Eval, &[("x", Feed::Host(&x))], "y")?;
    subject.close(Measure::Values, &format!("{kind:?} over padding"), &found, (x.shape(), &[-1.5; 40]))
}

/// `average_pool`, with overlapping windows, with incomplete windows at the border, and with padding, which
/// does not count.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn average_pool(subject: &mut Subject<'_>) -> Result<()> {
    pool(subject, PoolKind::Average)?;
    equal(subject, PoolKind::Average)
}

/// `max_pool`, with overlapping windows, with incomplete windows at the border, and with padding, which is
/// never the maximum; the first of equal values takes the gradient.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn max_pool(subject: &mut Subject<'_>) -> Result<()> {
    pool(subject, PoolKind::Max)?;
    equal(subject, PoolKind::Max)?;
    let mut b = Builder::new();
    let x = b.input("x", true, &[1, 2, 4]);
    let y = b.pool(x, PoolKind::Max, PoolSpec { window: vec![2, 2], ..PoolSpec::default() })?;
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

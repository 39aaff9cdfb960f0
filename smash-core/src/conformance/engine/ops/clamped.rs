//! Activations that are constant beyond a bound.

use super::{Subject, both};
use crate::backend::{Feed, Mode};
use crate::conformance::engine::call::{fetch, gradient};
use crate::conformance::engine::data::tensor;
use crate::conformance::engine::subject::{ensure, fail};
use crate::conformance::engine::tolerance::Measure;
use crate::error::Result;
use crate::graph::{Builder, Op};
use crate::tensor::Tensor;

/// Values and gradients on all sides of the bounds, which test data times `factor` reach; then the
/// derivative at these points exactly.
fn clamped(subject: &mut Subject<'_>, op: &Op, factor: f32, derivatives: &[(f32, f64)]) -> Result<()> {
    for dims in [&[][..], &[40], &[2, 7], &[3, 4, 5], &[2, 3, 4, 2]] {
        both(subject, &format!("{op:?} of values times {factor}"), dims, |b, x| {
            let x = b.op(Op::Scale { factor }, &[x])?;
            b.op(op.clone(), &[x])
        })?;
    }
    let mut b = Builder::new();
    let x = b.input("x", true, &[]);
    let y = b.op(op.clone(), &[x])?;
    let (mut backend, plan) = subject.load(&b.finish([("y", y)]))?;
    let (points, expected): (Vec<f32>, Vec<f64>) = derivatives.iter().copied().unzip();
    let what = format!("{op:?}, derivative at {points:?}");
    let n = points.len();
    let (x, seed) = (tensor(&[n], points)?, Tensor::full(&[n], 1.0));
    backend.run(plan, Mode::Train, &[("x", Feed::Host(&x))], &[])?;
    let Some(found) = gradient(backend.as_mut(), plan, &[("y", Feed::Host(&seed))], "x")? else {
        return fail(format!("{what}: there is none"));
    };
    subject.close(Measure::Gradients, &what, &found, (&[n], &expected))?;
    let nan = Tensor::full(&[1], f32::NAN);
    let found = fetch(backend.as_mut(), plan, Mode::Eval, &[("x", Feed::Host(&nan))], "y")?;
    ensure(found.data().iter().all(|v| v.is_nan()), || format!("{op:?} of a NaN: found {found:?}"))
}

/// `clamp`; the derivative is 0 at the bounds.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn clamp(subject: &mut Subject<'_>) -> Result<()> {
    let relu6 = [(-1.0, 0.0), (0.0, 0.0), (1e-3, 1.0), (5.99, 1.0), (6.0, 0.0), (7.0, 0.0)];
    clamped(subject, &Op::Clamp { low: 0.0, high: 6.0 }, 8.0, &relu6)?;
    let other = [(-1.0, 0.0), (-0.5, 0.0), (-0.25, 1.0), (0.0, 1.0), (0.75, 0.0), (9.0, 0.0)];
    clamped(subject, &Op::Clamp { low: -0.5, high: 0.75 }, 1.0, &other)
}

/// `hard_sigmoid`; the derivative is 0 at ±3.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn hard_sigmoid(subject: &mut Subject<'_>) -> Result<()> {
    let sixth = 1.0 / 6.0;
    let derivatives = [(-4.0, 0.0), (-3.0, 0.0), (-2.99, sixth), (0.0, sixth), (2.99, sixth), (3.0, 0.0)];
    clamped(subject, &Op::HardSigmoid, 4.0, &derivatives)
}

/// `hard_swish`; the derivative is 0 at −3 and 1 at 3.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn hard_swish(subject: &mut Subject<'_>) -> Result<()> {
    let derivatives = [(-4.0, 0.0), (-3.0, 0.0), (-1.5, 0.0), (0.0, 0.5), (1.5, 1.0), (3.0, 1.0), (4.0, 1.0)];
    clamped(subject, &Op::HardSwish, 4.0, &derivatives)
}

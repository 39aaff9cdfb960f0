//! Gradient accumulation between runs and optimiser steps.

use super::Subject;
use super::call::{accumulate, gradient, identity};
use super::data::tensor;
use super::subject::ensure;
use crate::backend::{Feed, Fetch, InputGradient, Mode};
use crate::error::Result;
use crate::graph::{Builder, Init, Op, Parameter};
use crate::tensor::Tensor;

/// Several backward passes, of one plan and of two with overlapping slices, accumulate before one step.
///
/// # Errors
/// When the engine does otherwise.
pub fn accumulation(subject: &mut Subject<'_>) -> Result<()> {
    let mut backend = subject.open()?;
    let backend = backend.as_mut();
    backend.write("p", &Tensor::full(&[6], 1.0))?;
    let found = backend.gradient("p")?;
    ensure(found.is_none(), || format!("a gradient before any backward: {found:?}"))?;
    let (a, b) = (backend.compile(&identity("p", 6, 0..6)?)?, backend.compile(&identity("p", 6, 1..2)?)?);
    // Both plans keep their run at once, and one output gradient comes from the device.
    backend.run(a, Mode::Train, &[], &[])?;
    backend.run(b, Mode::Train, &[], &[("y", Fetch::Device("seed"))])?;
    let seed = tensor(&[6], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    backend.backward(b, &[("y", Feed::Device("seed"))], &[])?;
    backend.backward(a, &[("y", Feed::Host(&seed))], &[])?;
    accumulate(backend, ("p", 6), 4..6, &[0.5, 0.25])?;
    let expected = Some(tensor(&[6], vec![1.0, 3.0, 3.0, 4.0, 5.5, 6.25])?);
    let found = backend.gradient("p")?;
    ensure(found == expected, || format!("the sum of three: expected {expected:?}, found {found:?}"))
}

/// An input or parameter that no output with a gradient depends on has no gradient. One that is multiplied by
/// zero has a gradient of zeros, and so has the rest of a tensor when a slice of it has a gradient.
///
/// # Errors
/// When the engine does otherwise.
pub fn absent_is_not_zero(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let (x, zero, apart) =
        (b.input("x", true, &[2]), b.input("zero", true, &[2]), b.input("apart", true, &[2]));
    let boxed = Parameter::shared("used", &[5], vec![1..3], Init::Orthogonal);
    let used = b.parameter(boxed)?;
    let unused = b.parameter(Parameter::own("unused", &[2], Init::Orthogonal))?;
    let h = b.op(Op::Mul, &[x, zero])?;
    let y = b.op(Op::Gain, &[h, used])?;
    let z = b.op(Op::Bias, &[apart, unused])?;
    let graph = b.finish([("y", y), ("z", z)]);
    let (mut backend, plan) = subject.load(&graph)?;
    let (ones, zeros) = (Tensor::full(&[3, 2], 1.0), Tensor::zeros(&[3, 2]));
    let fed = [("x", Feed::Host(&ones)), ("zero", Feed::Host(&zeros)), ("apart", Feed::Host(&ones))];
    backend.run(plan, Mode::Train, &fed, &[("y", Fetch::Host)])?;
    let wanted = [("x", Fetch::Host), ("apart", Fetch::Host)];
    let found = backend.backward(plan, &[("y", Feed::Host(&ones))], &wanted)?;
    let expected = [InputGradient::Host(zeros), InputGradient::Absent];
    ensure(found == expected, || {
        format!("gradients of x and apart: expected {expected:?}, found {found:?}")
    })?;
    for (name, expected) in [("used", Some(Tensor::zeros(&[5]))), ("unused", None)] {
        let found = backend.gradient(name)?;
        ensure(found == expected, || {
            format!("gradient of {name:?}: expected {expected:?}, found {found:?}")
        })?;
    }
    Ok(())
}

/// Gradients come only from the outputs that were given one, also where outputs share ops.
///
/// # Errors
/// When the engine does otherwise.
pub fn outputs_without_gradient(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let x = b.input("x", false, &[2]);
    let h = b.op(Op::Scale { factor: 3.0 }, &[x])?;
    let (y, z) = (b.op(Op::Scale { factor: 2.0 }, &[h])?, b.op(Op::Scale { factor: 5.0 }, &[h])?);
    let (mut backend, plan) = subject.load(&b.finish([("y", y), ("z", z), ("h", h)]))?;
    let one = Tensor::full(&[2], 1.0);
    let seed = |name| (name, Feed::Host(&one));
    for (output_gradients, slope) in [
        (vec![seed("y")], Some(6.0)),
        (vec![seed("z")], Some(15.0)),
        (vec![seed("h")], Some(3.0)),
        (vec![seed("y"), seed("z"), seed("h")], Some(24.0)),
        (vec![], None),
    ] {
        backend.run(plan, Mode::Train, &[("x", Feed::Host(&one))], &[])?;
        let found = gradient(backend.as_mut(), plan, &output_gradients, "x")?;
        let expected = slope.map(|slope| Tensor::full(&[2], slope));
        ensure(found == expected, || {
            let names: Vec<_> = output_gradients.iter().map(|(name, _)| *name).collect();
            format!("output gradients {names:?}: expected {expected:?}, found {found:?}")
        })?;
    }
    Ok(())
}

/// `backward` uses the last training run, regardless of evaluations in between.
///
/// # Errors
/// When the engine does otherwise.
pub fn the_last_training_run(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let x = b.input("x", true, &[2]);
    let y = b.op(Op::Mul, &[x, x])?;
    let (mut backend, plan) = subject.load(&b.finish([("y", y)]))?;
    let backend = backend.as_mut();
    let values = [1.0, 2.0, 3.0, 4.0].map(|v| Tensor::full(&[1, 2], v));
    let modes = [Mode::Train, Mode::Train, Mode::Eval, Mode::Calibrate];
    for (x, mode) in values.iter().zip(modes) {
        backend.run(plan, mode, &[("x", Feed::Host(x))], &[("y", Fetch::Host)])?;
    }
    let seed = Tensor::full(&[1, 2], 1.0);
    let found = gradient(backend, plan, &[("y", Feed::Host(&seed))], "x")?;
    let expected = Some(Tensor::full(&[1, 2], 4.0));
    ensure(found == expected, || format!("expected {expected:?}, found {found:?}"))
}

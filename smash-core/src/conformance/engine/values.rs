//! Runs, and device values that pass between them.

use super::Subject;
use super::call::{fetch, gradient, refused};
use super::data::{self, extents, feeds, tensor};
use super::networks::banks;
use super::reference;
use super::subject::{ensure, fail};
use super::tolerance::Measure;
use crate::backend::{Feed, Fetch, InputGradient, Mode};
use crate::error::Result;
use crate::graph::{Builder, Graph, Init, Op, Parameter};
use crate::tensor::Tensor;

/// One plan runs batches of different sizes in turn.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn batches(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut backend, plan) = subject.load(&graph)?;
    let stored = reference::widen(&data::parameters(&graph)?);
    for batch in [3, 1, 7, 3] {
        let inputs = data::inputs(&graph, batch)?;
        let expected = reference::run(&graph, Mode::Eval, batch, &reference::widen(&inputs), &stored);
        for (name, id) in &graph.outputs {
            let found = fetch(backend.as_mut(), plan, Mode::Eval, &feeds(&inputs), name)?;
            let shape = extents(graph.shape(*id), batch);
            let what = format!("a batch of {batch}, output {name:?}");
            subject.close(Measure::Values, &what, &found, (&shape, &expected.values[id.index()]))?;
        }
    }
    Ok(())
}

/// An evaluation needs only the inputs and parameters that the requested outputs depend on.
///
/// # Errors
/// When the engine requires more.
pub fn only_what_is_needed(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut backend, plan) = subject.load(&graph)?;
    let inputs = data::inputs(&graph, 2)?;
    let x: Vec<_> = feeds(&inputs).into_iter().filter(|(name, _)| *name == "x").collect();
    fetch(backend.as_mut(), plan, Mode::Eval, &x, "log_probs")?;
    let mut b = Builder::new();
    let x = b.input("x", true, &[2]);
    let unwritten = b.parameter(Parameter::own("never written", &[2], Init::Orthogonal))?;
    let (y, z) = (b.op(Op::Tanh, &[x])?, b.op(Op::Bias, &[x, unwritten])?);
    let plan = backend.compile(&b.finish([("y", y), ("z", z)]))?;
    fetch(backend.as_mut(), plan, Mode::Eval, &[("x", Feed::Host(&Tensor::zeros(&[2, 2])))], "y")?;
    Ok(())
}

/// A graph that doubles an input of `[rows, 2]`.
fn double(rows: usize) -> Result<Graph> {
    let mut b = Builder::new();
    let x = b.input("x", false, &[rows, 2]);
    let y = b.op(Op::Scale { factor: 2.0 }, &[x])?;
    Ok(b.finish([("y", y)]))
}

/// Device values: written by one run and read by the next, replaced (also by themselves), unaffected by later
/// runs of the plan that made them, checked for their shape, and dropped.
///
/// # Errors
/// When the engine does otherwise.
pub fn device_values(subject: &mut Subject<'_>) -> Result<()> {
    let mut backend = subject.open()?;
    let backend = backend.as_mut();
    let plan = backend.compile(&double(2)?)?;
    let x = tensor(&[2, 2], vec![1.0, -2.0, 3.0, 0.5])?;
    let times = |factor: f32| tensor(&[2, 2], x.data().iter().map(|v| v * factor).collect());
    let to_v = [("y", Fetch::Device("v"))];
    let none = backend.run(plan, Mode::Eval, &[("x", Feed::Host(&x))], &to_v)?;
    ensure(none.as_slice() == [None], || format!("a device value was returned to the host: {none:?}"))?;
    let expect = |what: &str, found: Tensor, expected: Tensor| {
        ensure(found == expected, || format!("{what}: expected {expected:?}, found {found:?}"))
    };
    let found = fetch(backend, plan, Mode::Eval, &[("x", Feed::Device("v"))], "y")?;
    expect("twice the device value \"v\"", found, times(4.0)?)?;
    // Neither the run above nor the one below may change its input.
    backend.run(plan, Mode::Eval, &[("x", Feed::Device("v"))], &[("y", Fetch::Device("w"))])?;
    expect(
        "twice the device value \"v\" again",
        fetch(backend, plan, Mode::Eval, &[("x", Feed::Device("v"))], "y")?,
        times(4.0)?,
    )?;
    backend.run(plan, Mode::Eval, &[("x", Feed::Device("v"))], &to_v)?;
    let found = fetch(backend, plan, Mode::Eval, &[("x", Feed::Device("v"))], "y")?;
    expect("twice \"v\", which was replaced by twice itself", found, times(8.0)?)?;
    let found = fetch(backend, plan, Mode::Eval, &[("x", Feed::Device("w"))], "y")?;
    expect("twice \"w\", after \"v\" was replaced", found, times(8.0)?)?;
    let three = backend.compile(&double(3)?)?;
    refused(
        "a device value of another shape",
        fetch(backend, three, Mode::Eval, &[("x", Feed::Device("v"))], "y"),
        &["\"x\"", "[3, 2]", "[2, 2]"],
    )?;
    backend.drop_value("v");
    backend.drop_value("never there");
    refused(
        "a dropped device value",
        fetch(backend, plan, Mode::Eval, &[("x", Feed::Device("v"))], "y"),
        &["\"v\""],
    )
}

/// A plan that writes weights and a plan that reads them, joined by device values in the forward and the
/// backward pass; gradients accumulate in the writer.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn joined_plans(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let p = b.parameter(Parameter::own("p", &[4, 2], Init::Orthogonal))?;
    let w = b.op(Op::Tanh, &[p])?;
    let writer = b.finish([("w", w)]);
    let mut b = Builder::new();
    let (x, w) = (b.input("x", true, &[2]), b.input("w", false, &[4, 2]));
    let bias = b.parameter(Parameter::own("bias", &[4], Init::Orthogonal))?;
    let y = b.linear(x, w, bias)?;
    let unused = b.input("unused", false, &[2]);
    let t = b.op(Op::Tanh, &[unused])?;
    let reader = b.finish([("y", y), ("t", t)]);
    let mut backend = subject.open()?;
    let backend = backend.as_mut();
    let p: Vec<f32> = (0..8).map(|i| i as f32 / 8.0).collect();
    backend.write("p", &tensor(&[4, 2], p.clone())?)?;
    backend.write("bias", &Tensor::zeros(&[4]))?;
    let (writer, reader) = (backend.compile(&writer)?, backend.compile(&reader)?);
    let x = tensor(&[2, 2], vec![1.0, -2.0, 0.5, 1.0])?;
    let two = Tensor::zeros(&[2]);
    let seed = Tensor::full(&[2, 4], 1.0);
    // dy/dw sums x over the batch; twice, as for two networks that read the same weights.
    let sums = [1.5, -1.0];
    backend.run(writer, Mode::Train, &[], &[("w", Fetch::Device("W"))])?;
    let fed = [("x", Feed::Host(&x)), ("w", Feed::Device("W")), ("unused", Feed::Host(&two))];
    fetch(backend, reader, Mode::Train, &fed, "y")?;
    let wanted = [("w", Fetch::Device("dW")), ("unused", Fetch::Device("W")), ("x", Fetch::Host)];
    let found = backend.backward(reader, &[("y", Feed::Host(&seed))], &wanted)?;
    match found.as_slice() {
        [InputGradient::Device, InputGradient::Absent, InputGradient::Host(dx)] => {
            let columns: Vec<f64> =
                (0..2).map(|c| (0..4).map(|r| f64::from(p[2 * r + c]).tanh()).sum()).collect();
            let expected = [columns[0], columns[1], columns[0], columns[1]];
            subject.close(Measure::Gradients, "gradient of x", dx, (&[2, 2], &expected))?;
        }
        _ => {
            return fail(format!(
                "gradients of w, unused and x: expected device, absent and host: {found:?}"
            ));
        }
    }
    backend.backward(writer, &[("w", Feed::Device("dW"))], &[])?;
    let slope = |i: usize, v: f32| sums[i % 2] * (1.0 - f64::from(v).tanh().powi(2));
    let expected: Vec<f64> = p.iter().enumerate().map(|(i, v)| slope(i, *v)).collect();
    let Some(found) = backend.gradient("p")? else { return fail("the writer's parameter has no gradient") };
    subject.close(Measure::Gradients, "gradient through W", &found, (&[4, 2], &expected))?;
    refused(
        "a device value whose place an absent gradient took",
        fetch(backend, reader, Mode::Eval, &fed, "y"),
        &["\"W\""],
    )?;
    // An input gradient may replace the device value that it belongs to.
    backend.run(writer, Mode::Train, &[], &[("w", Fetch::Device("W"))])?;
    fetch(backend, reader, Mode::Train, &fed, "y")?;
    backend.backward(reader, &[("y", Feed::Host(&seed))], &[("w", Fetch::Device("W"))])?;
    backend.backward(writer, &[("w", Feed::Device("W"))], &[])?;
    let twice: Vec<f64> = expected.iter().map(|v| 2.0 * v).collect();
    let Some(found) = backend.gradient("p")? else { return fail("the writer's parameter has no gradient") };
    subject.close(Measure::Gradients, "sum of two gradients through W", &found, (&[4, 2], &twice))
}

/// Equal graphs share one plan; plans of different graphs are independent; a released plan is unknown, and
/// its graph can be compiled again.
///
/// # Errors
/// When the engine does otherwise.
pub fn plans(subject: &mut Subject<'_>) -> Result<()> {
    let mut backend = subject.open()?;
    let backend = backend.as_mut();
    let (two, three) = (backend.compile(&double(2)?)?, backend.compile(&double(3)?)?);
    ensure(two != three, || format!("two graphs, one plan: {two:?}"))?;
    let again = backend.compile(&double(2)?)?;
    ensure(two == again, || format!("one graph, two plans: {two:?} and {again:?}"))?;
    let (a, b) = (Tensor::full(&[2, 2], 1.5), Tensor::full(&[3, 2], 2.5));
    fetch(backend, two, Mode::Train, &[("x", Feed::Host(&a))], "y")?;
    fetch(backend, three, Mode::Train, &[("x", Feed::Host(&b))], "y")?;
    let seed = Tensor::full(&[2, 2], 1.0);
    let found = gradient(backend, two, &[("y", Feed::Host(&seed))], "x")?;
    let expected = Some(Tensor::full(&[2, 2], 2.0));
    ensure(found == expected, || {
        format!("after a run of another plan: expected {expected:?}, found {found:?}")
    })?;
    backend.release(two);
    refused("a released plan", fetch(backend, two, Mode::Eval, &[("x", Feed::Host(&a))], "y"), &[])?;
    let again = backend.compile(&double(2)?)?;
    let found = fetch(backend, again, Mode::Eval, &[("x", Feed::Host(&a))], "y")?;
    let expected = Tensor::full(&[2, 2], 3.0);
    ensure(found == expected, || format!("a plan compiled again: expected {expected:?}, found {found:?}"))?;
    backend.release(again);
    // Releasing twice is allowed.
    backend.release(again);
    Ok(())
}

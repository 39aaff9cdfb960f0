//! Shorthands for calling an engine.

use super::data::tensor;
use super::subject::{ensure, fail};
use crate::backend::{Backend, Feed, Fetch, InputGradient, Mode, Plan};
use crate::error::Result;
use crate::graph::{Builder, Graph, Init, Op, Parameter};
use crate::tensor::Tensor;

/// Runs a plan and returns one output.
pub(super) fn fetch(
    backend: &mut dyn Backend,
    plan: Plan,
    mode: Mode,
    inputs: &[(&str, Feed<'_>)],
    name: &str,
) -> Result<Tensor> {
    match backend.run(plan, mode, inputs, &[(name, Fetch::Host)])?.into_iter().next().flatten() {
        Some(found) => Ok(found),
        None => fail(format!("output {name:?} was asked for on the host, but not returned")),
    }
}

/// Backpropagates through the kept run and returns one input gradient.
pub(super) fn gradient(
    backend: &mut dyn Backend,
    plan: Plan,
    output_gradients: &[(&str, Feed<'_>)],
    name: &str,
) -> Result<Option<Tensor>> {
    match backend.backward(plan, output_gradients, &[(name, Fetch::Host)])?.into_iter().next() {
        Some(InputGradient::Host(found)) => Ok(Some(found)),
        Some(InputGradient::Absent) => Ok(None),
        found => fail(format!("the gradient of {name:?} was asked for on the host; found {found:?}")),
    }
}

/// `y` = a slice of the stored tensor `name` of length `len`: the output gradient of `y` is the gradient of
/// the slice.
pub(super) fn identity(name: &str, len: usize, slice: std::ops::Range<usize>) -> Result<Graph> {
    let mut b = Builder::new();
    let p = b.parameter(Parameter::shared(name, &[len], Vec::from([slice]), Init::Orthogonal))?;
    let y = b.op(Op::Scale { factor: 1.0 }, &[p])?;
    Ok(b.finish([("y", y)]))
}

/// Accumulates a gradient of a slice of the stored tensor `name`.
pub(super) fn accumulate(
    backend: &mut dyn Backend,
    (name, len): (&str, usize),
    slice: std::ops::Range<usize>,
    gradient: &[f32],
) -> Result<()> {
    let plan = backend.compile(&identity(name, len, slice)?)?;
    backend.run(plan, Mode::Train, &[], &[])?;
    let seed = tensor(&[gradient.len()], gradient.to_vec())?;
    backend.backward(plan, &[("y", Feed::Host(&seed))], &[])?;
    Ok(())
}

/// Fails unless `result` is an error whose message contains all of `parts`.
pub(super) fn refused<T>(what: &str, result: Result<T>, parts: &[&str]) -> Result<()> {
    match result {
        Ok(_) => fail(format!("{what}: expected an error, but it was accepted")),
        Err(error) => {
            let text = error.to_string();
            parts.iter().try_for_each(|part| {
                ensure(text.contains(part), || {
                    format!("{what}: expected a message that names {part}, found {text:?}")
                })
            })
        }
    }
}

//! Running statistics of batch norm.

use super::Subject;
use super::call::fetch;
use super::data::{self, feeds, numbers, tensor};
use super::reference::{self, Named};
use super::subject::ensure;
use super::tolerance::Measure;
use crate::backend::{Backend, Feed, Fetch, Mode};
use crate::error::Result;
use crate::graph::{Builder, Graph, Init, Parameter};
use crate::tensor::Tensor;

/// Batch norm of `[2, 3]` with slices of tensors of 6 channels, starting at channel `start`.
fn norm(start: usize) -> Result<Graph> {
    let mut b = Builder::new();
    let x = b.input("x", true, &[2, 3]);
    let own = |name: &str| Parameter {
        slice: vec![start..start + 2],
        ..Parameter::own(name, &[6], Init::Orthogonal)
    };
    let y = b.batch_norm(x, [own("gamma"), own("beta"), own("mean").buffer(), own("variance").buffer()])?;
    Ok(b.finish([("y", y)]))
}

/// Compares all running statistics of an engine with the expected ones.
fn compare(subject: &mut Subject<'_>, what: &str, backend: &dyn Backend, expected: &Named) -> Result<()> {
    for name in ["mean", "variance"] {
        let (shape, values) = &expected[name];
        let what = format!("{what}, running {name}");
        subject.close(Measure::Values, &what, &backend.read(name)?, (shape, values))?;
    }
    Ok(())
}

/// A series of runs in the three modes on different batches: training updates the running statistics,
/// calibration sets them, evaluation only reads them.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn modes(subject: &mut Subject<'_>) -> Result<()> {
    let graph = norm(3)?;
    let (mut backend, plan) = subject.load(&graph)?;
    let mut stored = reference::widen(&data::parameters(&graph)?);
    let series =
        [Mode::Train, Mode::Eval, Mode::Train, Mode::Calibrate, Mode::Eval, Mode::Calibrate, Mode::Train];
    for (i, mode) in series.into_iter().enumerate() {
        let batch = 2 + i;
        let x = tensor(&[batch, 2, 3], numbers(&format!("x{i}"), batch * 6))?;
        let inputs = [("x".to_owned(), x)];
        let expected = reference::run(&graph, mode, batch, &reference::widen(&inputs), &stored);
        let what = format!("batch_norm, run {i}, {mode:?}");
        let found = fetch(backend.as_mut(), plan, mode, &feeds(&inputs), "y")?;
        let y = graph.outputs[0].1.index();
        subject.close(Measure::Values, &what, &found, (&[batch, 2, 3], &expected.values[y]))?;
        compare(subject, &what, backend.as_ref(), &expected.stored)?;
        stored = expected.stored;
    }
    Ok(())
}

/// Two graphs with overlapping slices of the same statistics: each updates its own channels only.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn shared(subject: &mut Subject<'_>) -> Result<()> {
    let (low, high) = (norm(1)?, norm(2)?);
    let (mut backend, first) = subject.load(&low)?;
    let second = backend.compile(&high)?;
    let mut stored = reference::widen(&data::parameters(&low)?);
    let inputs = data::inputs(&low, 4)?;
    for (i, (graph, plan, mode)) in
        [(&low, first, Mode::Train), (&high, second, Mode::Train), (&low, first, Mode::Calibrate)]
            .into_iter()
            .enumerate()
    {
        backend.run(plan, mode, &feeds(&inputs), &[("y", Fetch::Host)])?;
        stored = reference::run(graph, mode, 4, &reference::widen(&inputs), &stored).stored;
        compare(subject, &format!("shared statistics, run {i}, {mode:?}"), backend.as_ref(), &stored)?;
    }
    Ok(())
}

/// A training run with non-finite batch statistics leaves the running ones unchanged.
///
/// # Errors
/// When the engine does otherwise.
pub fn not_finite(subject: &mut Subject<'_>) -> Result<()> {
    let graph = norm(0)?;
    let (mut backend, plan) = subject.load(&graph)?;
    let before = (backend.read("mean")?, backend.read("variance")?);
    for bad in [f32::NAN, f32::INFINITY] {
        let x = Tensor::full(&[2, 2, 3], bad);
        backend.run(plan, Mode::Train, &[("x", Feed::Host(&x))], &[("y", Fetch::Host)])?;
        let after = (backend.read("mean")?, backend.read("variance")?);
        ensure(before == after, || {
            format!("running statistics after a training run on {bad}: expected {before:?}, found {after:?}")
        })?;
    }
    Ok(())
}

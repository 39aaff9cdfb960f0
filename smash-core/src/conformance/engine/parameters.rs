//! Stored tensors, snapshots and restoring.

use super::Subject;
use super::call::{fetch, refused};
use super::data::{self, feeds, numbers, tensor};
use super::networks::banks;
use super::subject::ensure;
use super::tolerance::Measure;
use crate::backend::{Backend, Feed, Fetch, Mode, Optimizer, Plan, Snapshot, StepGroup};
use crate::error::Result;
use crate::graph::{Builder, Graph, Init, Op, Parameter};
use crate::tensor::Tensor;

/// Graphs with overlapping slices of one stored tensor: values, and gradients in the shape of the stored
/// tensor.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn shared_boxes(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let x = b.input("x", true, &[4]);
    let mut boxed = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        b.parameter(Parameter::shared("w", &[7, 6], vec![rows, columns], Init::Orthogonal))
    };
    let (first, second, whole) = (boxed(0..5, 1..5)?, boxed(2..7, 2..6)?, boxed(0..7, 0..6)?);
    let bias = Parameter::shared("bias", &[9], vec![3..8], Init::Orthogonal);
    let bias = b.parameter(bias)?;
    let (u, v) = (b.linear(x, first, bias)?, b.linear(x, second, bias)?);
    let y = b.op(Op::Mul, &[u, v])?;
    let t = b.op(Op::Tanh, &[whole])?;
    subject.graph("boxes of one tensor", &b.finish([("y", y), ("t", t)]), 3)
}

/// A tensor is read back bit for bit, in any shape; runs use the new values; overwriting with the same shape
/// keeps the optimiser state.
///
/// # Errors
/// When the engine does otherwise.
pub fn read_and_write(subject: &mut Subject<'_>) -> Result<()> {
    let mut backend = subject.open()?;
    ensure(!backend.contains("p"), || "an engine without state contains \"p\"".into())?;
    for shape in [&[][..], &[3], &[2, 3], &[2, 3, 4, 1], &[2, 1, 3, 2, 2]] {
        let value = tensor(shape, numbers("value", shape.iter().product()))?;
        backend.write("p", &value)?;
        let found = backend.read("p")?;
        ensure(backend.contains("p") && found == value, || {
            format!("a tensor that was written: expected {value:?}, found {found:?}")
        })?;
    }
    let odd = tensor(&[4], vec![f32::MIN_POSITIVE / 4.0, -0.0, f32::MAX, f32::INFINITY])?;
    backend.write("odd", &odd)?;
    let found = backend.read("odd")?;
    let bits = |t: &Tensor| t.data().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    ensure(bits(&found) == bits(&odd), || format!("expected {odd:?}, found {found:?}"))?;

    let graph = banks()?;
    let (mut backend, plan) = subject.load(&graph)?;
    train(backend.as_mut(), plan, &graph, 1)?;
    let before = backend.snapshot()?;
    backend.write("stem", &Tensor::zeros(&[4, 3, 3, 3]))?;
    let mut after = backend.snapshot()?;
    let zero = after.tensors.insert("stem".into(), backend_value(&before, "stem"));
    ensure(zero == Some(Tensor::zeros(&[4, 3, 3, 3])) && before == after, || {
        "overwriting \"stem\" must change its values and nothing else in a snapshot".into()
    })?;
    let inputs = data::inputs(&graph, 2)?;
    backend.restore(&before)?;
    let first = fetch(backend.as_mut(), plan, Mode::Eval, &feeds(&inputs), "loss")?;
    backend.write("stem", &Tensor::full(&[4, 3, 3, 3], 0.3))?;
    let second = fetch(backend.as_mut(), plan, Mode::Eval, &feeds(&inputs), "loss")?;
    ensure(first != second, || "a run does not see that \"stem\" was overwritten".into())
}

fn backend_value(snapshot: &Snapshot, name: &str) -> Tensor {
    snapshot.tensors.get(name).cloned().unwrap_or_default()
}

/// Training steps on drawn data with AdamW and SGD.
fn train(backend: &mut dyn Backend, plan: Plan, graph: &Graph, steps: usize) -> Result<()> {
    let inputs = data::inputs(graph, 3)?;
    let names = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    let adam = Optimizer::Adam {
        lr: 0.01,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.01,
        decoupled: true,
    };
    let sgd = Optimizer::Sgd { lr: 0.01, momentum: 0.9, nesterov: true, weight_decay: 0.0 };
    let groups = [
        StepGroup { parameters: names(&["third", "fourth", "bank", "gamma"]), optimizer: adam },
        StepGroup { parameters: names(&["stem", "second"]), optimizer: sgd },
    ];
    let one = Tensor::scalar(1.0);
    for _ in 0..steps {
        backend.run(plan, Mode::Train, &feeds(&inputs), &[("loss", Fetch::Host)])?;
        backend.backward(plan, &[("loss", Feed::Host(&one))], &[])?;
        let report = backend.step(&groups, Some(1.0))?;
        ensure(report.applied, || format!("a step with finite gradients was not applied: {report:?}"))?;
    }
    Ok(())
}

/// A restored engine continues as if it had not stopped; its previous state is gone, its plans stay.
///
/// # Errors
/// When the engine does otherwise.
pub fn snapshot_and_restore(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut whole, plan) = subject.load(&graph)?;
    train(whole.as_mut(), plan, &graph, 2)?;
    let snapshot = whole.snapshot()?;
    train(whole.as_mut(), plan, &graph, 3)?;
    let expected = whole.snapshot()?;
    let mut resumed = subject.open()?;
    resumed.write("left over", &Tensor::scalar(1.0))?;
    let plan = resumed.compile(&graph)?;
    resumed.restore(&snapshot)?;
    ensure(!resumed.contains("left over"), || "restoring kept a tensor that is not in the snapshot".into())?;
    let found = resumed.snapshot()?;
    ensure(found == snapshot, || "a snapshot of a restored engine is another one".into())?;
    train(resumed.as_mut(), plan, &graph, 3)?;
    let found = resumed.snapshot()?;
    ensure(found.counts == expected.counts, || {
        format!("step counts after resuming: expected {:?}, found {:?}", expected.counts, found.counts)
    })?;
    let names = |s: &Snapshot| s.tensors.keys().cloned().collect::<Vec<_>>();
    ensure(names(&found) == names(&expected), || {
        format!("state after resuming: expected {:?}, found {:?}", names(&expected), names(&found))
    })?;
    for (name, value) in &expected.tensors {
        let wide: Vec<f64> = value.data().iter().map(|&v| f64::from(v)).collect();
        let what = format!("{name:?} after resuming, beside a run that never stopped");
        subject.close(Measure::Steps, &what, &backend_value(&found, name), (value.shape(), &wide))?;
    }
    Ok(())
}

/// Restoring drops device values and kept runs.
///
/// # Errors
/// When the engine does otherwise.
pub fn restore_forgets_runs(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut backend, plan) = subject.load(&graph)?;
    let backend = backend.as_mut();
    let snapshot = backend.snapshot()?;
    let inputs = data::inputs(&graph, 2)?;
    backend.run(plan, Mode::Train, &feeds(&inputs), &[("log_probs", Fetch::Device("v"))])?;
    backend.restore(&snapshot)?;
    let one = Tensor::scalar(1.0);
    refused(
        "backward of a run before a restore",
        backend.backward(plan, &[("loss", Feed::Host(&one))], &[]),
        &[],
    )?;
    let fed = [("x", Feed::Device("v"))];
    refused(
        "a device value of before a restore",
        fetch(backend, plan, Mode::Eval, &fed, "log_probs"),
        &["\"v\""],
    )
}

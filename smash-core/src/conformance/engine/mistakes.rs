//! Invalid calls, which must be refused with a message that names the mistake, never with a panic.

use super::Subject;
use super::call::{fetch, refused};
use super::data::{self, feeds, tensor};
use super::networks::banks;
use super::subject::ensure;
use crate::backend::{Feed, Fetch, Mode, Optimizer, Plan, StepGroup};
use crate::error::Result;
use crate::graph::{Graph, Init, Op, Parameter};
use crate::tensor::Tensor;

const LOSS: [(&str, Fetch<'_>); 1] = [("loss", Fetch::Host)];

/// Unknown names of inputs, outputs, output gradients, parameters and device values.
///
/// # Errors
/// When the engine accepts one or does not name it.
pub fn unknown_names(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut b, plan) = subject.load(&graph)?;
    let inputs = data::inputs(&graph, 2)?;
    let (fed, x) = (feeds(&inputs), &inputs[0].1);
    let one = Tensor::scalar(1.0);
    let with = |more: (&'static str, Feed<'static>)| [fed.clone(), vec![more]].concat();
    let never = with(("nowhere", Feed::Device("v")));
    refused("an input", b.run(plan, Mode::Train, &never, &LOSS), &["\"nowhere\""])?;
    refused("an output", b.run(plan, Mode::Train, &fed, &[("nowhere", Fetch::Host)]), &["\"nowhere\""])?;
    refused(
        "a device value",
        b.run(plan, Mode::Eval, &[("x", Feed::Device("v"))], &[("log_probs", Fetch::Host)]),
        &["\"v\""],
    )?;
    b.run(plan, Mode::Train, &fed, &LOSS)?;
    let output_gradients = [("loss", Feed::Host(&one))];
    refused("an output gradient", b.backward(plan, &[("nowhere", Feed::Host(x))], &[]), &["\"nowhere\""])?;
    refused("an output gradient's value", b.backward(plan, &[("loss", Feed::Device("v"))], &[]), &["\"v\""])?;
    refused(
        "a wanted input",
        b.backward(plan, &output_gradients, &[("nowhere", Fetch::Host)]),
        &["\"nowhere\""],
    )?;
    // None of the refused calls consumed the run.
    b.backward(plan, &output_gradients, &[])?;
    let optimizer = Optimizer::Sgd { lr: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
    let groups = [StepGroup { parameters: vec!["stem".into(), "nowhere".into()], optimizer }];
    let before = b.snapshot()?;
    refused("a parameter to step", b.step(&groups, None), &["\"nowhere\""])?;
    ensure(b.snapshot()? == before, || "a step that was refused changed state".into())?;
    refused("a parameter to read", b.read("nowhere"), &["\"nowhere\""])?;
    refused("a parameter's gradient", b.gradient("nowhere"), &["\"nowhere\""])
}

/// Missing inputs, a backward pass without a run, and parameters that were never written.
///
/// # Errors
/// When the engine accepts one or does not name it.
pub fn missing(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut b, plan) = subject.load(&graph)?;
    let inputs = data::inputs(&graph, 2)?;
    let one = Tensor::scalar(1.0);
    let output_gradients = [("loss", Feed::Host(&one))];
    refused(
        "no labels",
        b.run(plan, Mode::Train, &[("x", Feed::Host(&inputs[0].1))], &LOSS),
        &["\"labels\""],
    )?;
    refused("backward before any run", b.backward(plan, &output_gradients, &[]), &[])?;
    b.run(plan, Mode::Eval, &feeds(&inputs), &LOSS)?;
    refused("backward after an evaluation", b.backward(plan, &output_gradients, &[]), &[])?;
    let mut empty = subject.open()?;
    let plan = empty.compile(&graph)?;
    refused("no parameters", empty.run(plan, Mode::Train, &feeds(&inputs), &LOSS), &["\"stem\""])
}

/// Inputs, output gradients and parameters of the wrong shape.
///
/// # Errors
/// When the engine accepts one or does not say what it expected and found.
pub fn wrong_shapes(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut b, plan) = subject.load(&graph)?;
    let inputs = data::inputs(&graph, 2)?;
    let (x, labels) = (&inputs[0].1, &inputs[1].1);
    let one = Tensor::scalar(1.0);
    for (shape, found) in [
        (&[2, 3, 4, 5][..], "[2, 3, 4, 5]"),
        (&[3, 4, 4], "[3, 4, 4]"),
        (&[2, 4, 4, 3], "[2, 4, 4, 3]"),
        (&[0, 3, 4, 4], "[0, 3, 4, 4]"),
        (&[], "[]"),
    ] {
        let x = Tensor::zeros(shape);
        let result =
            b.run(plan, Mode::Train, &[("x", Feed::Host(&x)), ("labels", Feed::Host(labels))], &LOSS);
        refused(&format!("x of the shape {found}"), result, &["\"x\"", "[3, 4, 4]", found])?;
    }
    let three = Tensor::zeros(&[3]);
    let result = b.run(plan, Mode::Train, &[("x", Feed::Host(x)), ("labels", Feed::Host(&three))], &LOSS);
    refused("two examples and three labels", result, &["2", "[3]"])?;
    let fed = feeds(&inputs);
    b.run(plan, Mode::Train, &fed, &LOSS)?;
    let output_gradients = [("loss", Feed::Host(x))];
    refused(
        "an output gradient of another shape",
        b.backward(plan, &output_gradients, &[]),
        &["\"loss\"", "[2, 3, 4, 4]"],
    )?;
    let output_gradients = [("log_probs", Feed::Host(&three))];
    refused(
        "an output gradient for another batch",
        b.backward(plan, &output_gradients, &[]),
        &["\"log_probs\"", "[3]"],
    )?;
    b.backward(plan, &[("loss", Feed::Host(&one))], &[])?;
    b.write("stem", &one)?;
    let result = b.run(plan, Mode::Eval, &fed, &LOSS);
    refused("a parameter of another shape", result, &["\"stem\"", "[4, 3, 3, 3]", "[]"])
}

/// Labels outside the classes.
///
/// # Errors
/// When the engine accepts one.
pub fn wrong_labels(subject: &mut Subject<'_>) -> Result<()> {
    let graph = banks()?;
    let (mut b, plan) = subject.load(&graph)?;
    let inputs = data::inputs(&graph, 2)?;
    for bad in [3.0, -1.0, 0.5, f32::NAN, 1e20] {
        let labels = tensor(&[2], vec![0.0, bad])?;
        for mode in [Mode::Train, Mode::Eval] {
            let fed = [("x", Feed::Host(&inputs[0].1)), ("labels", Feed::Host(&labels))];
            refused(&format!("the label {bad} of 3 classes"), b.run(plan, mode, &fed, &LOSS), &["3"])?;
        }
    }
    b.run(plan, Mode::Train, &feeds(&inputs), &LOSS)?;
    Ok(())
}

/// Plans that were never compiled.
///
/// # Errors
/// When the engine accepts one.
pub fn unknown_plans(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = subject.open()?;
    for plan in [Plan(0), Plan(u64::MAX)] {
        refused("a plan that was never compiled", fetch(b.as_mut(), plan, Mode::Eval, &[], "y"), &[])?;
        refused("its backward", b.backward(plan, &[], &[]), &[])?;
        b.release(plan);
    }
    Ok(())
}

/// Malformed graphs, as a file may contain.
///
/// # Errors
/// When the engine compiles one.
pub fn malformed_graphs(subject: &mut Subject<'_>) -> Result<()> {
    type Change = (&'static str, fn(&mut Graph));
    const CHANGES: [Change; 8] = [
        ("a node that reads a later one", |g| g.nodes[2].inputs[0].0 = 99),
        ("a shape that the op does not make", |g| g.nodes[2].shape.dims[0] = 9),
        ("an op without its inputs", |g| g.nodes[2].inputs.clear()),
        ("an output that does not exist", |g| g.outputs[0].1.0 = 999),
        ("parameters that are not there", |g| g.parameters.clear()),
        ("a box outside its tensor", |g| g.parameters[0].slice[0] = 0..99),
        ("a value without elements", |g| g.nodes[0].shape.dims[0] = 0),
        ("statistics that are not stored", |g| {
            let x = crate::graph::ValueId(0);
            for node in g.nodes.iter_mut().filter(|n| matches!(n.op, Op::BatchNorm { .. })) {
                node.inputs[3] = x;
            }
        }),
    ];
    let mut backend = subject.open()?;
    for (what, change) in CHANGES {
        let mut graph = banks()?;
        change(&mut graph);
        refused(what, backend.compile(&graph), &[])?;
    }
    let mut graph = banks()?;
    graph.parameters.push(Parameter::own("of no node", &[2], Init::Orthogonal));
    backend.compile(&graph)?;
    Ok(())
}

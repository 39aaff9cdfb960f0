//! Same bytes at any thread count, resuming, device values, and errors.

use smash_core::backend::{Backend, Feed, Fetch, InputGradient, Mode, Optimizer, Plan, StepGroup};
use smash_core::graph::{Builder, Graph, Init, Op, Parameter};
use smash_core::tensor::Tensor;

use super::fusion::banks;
use super::harness::{backend, feeds, inputs, tensor};
use crate::kernel::Level;
use crate::{NativeBackend, NativeConfig};

fn train(backend: &mut NativeBackend, plan: Plan, graph: &Graph, batch: usize, steps: usize) {
    let data = inputs(graph, batch);
    let optimizer = Optimizer::Adam {
        lr: 0.01,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.01,
        decoupled: true,
    };
    let mut parameters: Vec<String> =
        ["stem", "second", "third", "fourth", "bank"].map(String::from).to_vec();
    let second = Optimizer::Sgd { lr: 0.01, momentum: 0.9, nesterov: true, weight_decay: 0.0 };
    let groups = [
        StepGroup { parameters: parameters.split_off(2), optimizer },
        StepGroup { parameters, optimizer: second },
    ];
    let one = Tensor::scalar(1.0);
    for _ in 0..steps {
        backend.run(plan, Mode::Train, &feeds(&data), &[("loss", Fetch::Host)]).unwrap();
        backend.backward(plan, &[("loss", Feed::Host(&one))], &[]).unwrap();
        assert!(backend.step(&groups, Some(1.0)).unwrap().applied);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_at_every_level() {
    let graph = banks();
    for level in Level::available() {
        let states: Vec<_> = (1..=3)
            .map(|threads| {
                let (mut backend, plan) = backend(level.name(), threads, &graph);
                assert_eq!(backend.info().threads, threads);
                train(&mut backend, plan, &graph, 600, 3);
                backend.snapshot().unwrap()
            })
            .collect();
        assert!(states[0] == states[1] && states[0] == states[2], "{}", level.name());
    }
}

#[test]
fn a_restored_run_goes_on_as_if_it_had_not_stopped() {
    let graph = banks();
    let (mut whole, plan) = backend("auto", 1, &graph);
    train(&mut whole, plan, &graph, 3, 2);
    let snapshot = whole.snapshot().unwrap();
    train(&mut whole, plan, &graph, 3, 3);
    let mut resumed = NativeBackend::new("auto", 2).unwrap();
    resumed.write("left over", &Tensor::scalar(1.0)).unwrap();
    resumed.restore(&snapshot).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), snapshot);
    assert!(!resumed.contains("left over"));
    let plan = resumed.compile(&graph).unwrap();
    train(&mut resumed, plan, &graph, 3, 3);
    assert_eq!(resumed.snapshot().unwrap(), whole.snapshot().unwrap());
}

#[test]
fn two_plans_joined_by_a_device_value() {
    let mut b = Builder::new();
    let p = b.parameter(Parameter::own("p", &[4, 2], Init::Orthogonal)).unwrap();
    let w = b.op(Op::Tanh, &[p]).unwrap();
    let writer = b.finish([("w", w)]);
    let mut b = Builder::new();
    let (x, w) = (b.input("x", true, &[2]), b.input("w", false, &[4, 2]));
    let zero = b.parameter(Parameter::own("zero", &[4], Init::Orthogonal)).unwrap();
    let y = b.linear(x, w, zero).unwrap();
    let unused = b.input("unused", false, &[2]);
    let t = b.op(Op::Tanh, &[unused]).unwrap();
    let reader = b.finish([("y", y), ("t", t)]);
    let mut backend = NativeBackend::new("portable", 1).unwrap();
    backend.write("p", &tensor(&[4, 2], (0..8).map(|i| i as f32 / 8.0).collect())).unwrap();
    backend.write("zero", &Tensor::zeros(&[4])).unwrap();
    let (writer, reader) = (backend.compile(&writer).unwrap(), backend.compile(&reader).unwrap());
    let x = tensor(&[1, 2], vec![1.0, -2.0]);
    let two = Tensor::zeros(&[2]);
    backend.run(writer, Mode::Train, &[], &[("w", Fetch::Device("W"))]).unwrap();
    let fed = [("x", Feed::Host(&x)), ("w", Feed::Device("W")), ("unused", Feed::Host(&two))];
    backend.run(reader, Mode::Train, &fed, &[("y", Fetch::Host)]).unwrap();
    let seed = Tensor::full(&[1, 4], 1.0);
    let wanted = [("w", Fetch::Device("dW")), ("unused", Fetch::Device("W")), ("x", Fetch::Host)];
    let found = backend.backward(reader, &[("y", Feed::Host(&seed))], &wanted).unwrap();
    assert!(matches!(&found[..], [InputGradient::Device, InputGradient::Absent, InputGradient::Host(_)]));
    backend.backward(writer, &[("w", Feed::Device("dW"))], &[]).unwrap();
    let gradient = backend.gradient("p").unwrap().unwrap();
    assert!((gradient.data()[1] + 2.0 * (1.0 - 0.125f32.tanh().powi(2))).abs() < 1e-6);
    // The absent gradient took the device value with it.
    let gone = backend.run(reader, Mode::Eval, &fed, &[("y", Fetch::Host)]).unwrap_err().to_string();
    assert!(gone.contains("device value \"W\""), "{gone}");
}

#[test]
fn plans_are_cached_and_released() {
    let (mut backend, plan) = backend("auto", 1, &banks());
    assert_eq!(backend.compile(&banks()).unwrap(), plan);
    backend.release(plan);
    assert_ne!(backend.compile(&banks()).unwrap(), plan);
}

#[test]
fn only_what_an_output_needs_is_run() {
    let graph = banks();
    let (mut backend, plan) = backend("auto", 1, &graph);
    let data = inputs(&graph, 2);
    let x = &data.iter().find(|(name, _)| name == "x").unwrap().1;
    backend.run(plan, Mode::Eval, &[("x", Feed::Host(x))], &[("log_probs", Fetch::Host)]).unwrap();
}

#[test]
fn mistakes_are_errors() {
    let graph = banks();
    let (mut b, plan) = backend("auto", 1, &graph);
    let data = inputs(&graph, 2);
    let (x, labels) = (&data[0].1, &data[1].1);
    let one = Tensor::scalar(1.0);
    let narrow = Tensor::zeros(&[2, 3, 4, 5]);
    let three = Tensor::zeros(&[3]);
    let nothing = Tensor::zeros(&[0, 3, 4, 4]);
    let wrong = tensor(&[2], vec![0.0, 3.0]);
    let half = tensor(&[2], vec![0.5, 1.0]);
    let loss = [("loss", Fetch::Host)];
    let mut run = |inputs: &[(&str, Feed<'_>)], outputs: &[(&str, Fetch<'_>)]| {
        b.run(plan, Mode::Train, inputs, outputs).unwrap_err().to_string()
    };
    let expect =
        |found: String, parts: &[&str]| parts.iter().for_each(|p| assert!(found.contains(p), "{found}: {p}"));
    expect(run(&[("x", Feed::Host(x))], &loss), &["\"labels\"", "missing", "[\"x\"]"]);
    expect(run(&[("y", Feed::Host(x))], &loss), &["no input \"y\"", "\"x\", \"labels\""]);
    expect(run(&[("x", Feed::Host(&narrow))], &loss), &["\"x\"", "[3, 4, 4]", "[2, 3, 4, 5]"]);
    expect(run(&[("x", Feed::Host(&nothing))], &loss), &["[0, 3, 4, 4]"]);
    expect(run(&[("x", Feed::Host(x)), ("labels", Feed::Host(&three))], &loss), &["batch of 2", "[3]"]);
    expect(run(&[("x", Feed::Device("z"))], &loss), &["device value \"z\""]);
    expect(run(&[], &[("gain", Fetch::Host)]), &["no output \"gain\"", "\"log_probs\", \"loss\""]);
    for labels in [&wrong, &half] {
        expect(run(&[("x", Feed::Host(x)), ("labels", Feed::Host(labels))], &loss), &["class of 0..3"]);
    }
    let seeds = [("loss", Feed::Host(&one))];
    expect(b.backward(plan, &seeds, &[]).unwrap_err().to_string(), &["training mode"]);
    let fed = [("x", Feed::Host(x)), ("labels", Feed::Host(labels))];
    b.run(plan, Mode::Train, &fed, &loss).unwrap();
    expect(b.backward(plan, &[("loss", Feed::Host(x))], &[]).unwrap_err().to_string(), &["seed \"loss\""]);
    expect(b.backward(plan, &[("z", Feed::Host(x))], &[]).unwrap_err().to_string(), &["no output \"z\""]);
    expect(b.backward(plan, &seeds, &[("z", Fetch::Host)]).unwrap_err().to_string(), &["no input \"z\""]);
    // None of these used the run up.
    b.backward(plan, &seeds, &[]).unwrap();
    expect(b.backward(plan, &seeds, &[]).unwrap_err().to_string(), &["serves once"]);
    b.write("stem", &one).unwrap();
    expect(
        b.run(plan, Mode::Eval, &fed, &loss).unwrap_err().to_string(),
        &["\"stem\"", "[4, 3, 3, 3]", "[]"],
    );
    b.release(plan);
    expect(b.run(plan, Mode::Eval, &fed, &loss).unwrap_err().to_string(), &["no plan"]);
    let group = [StepGroup {
        parameters: vec!["never".into()],
        optimizer: Optimizer::Sgd { lr: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 },
    }];
    expect(b.step(&group, None).unwrap_err().to_string(), &["\"never\""]);
    expect(b.read("never").unwrap_err().to_string(), &["\"never\""]);
    expect(b.gradient("never").unwrap_err().to_string(), &["\"never\""]);
    let mut empty = NativeBackend::new("auto", 1).unwrap();
    let plan = empty.compile(&graph).unwrap();
    expect(empty.run(plan, Mode::Train, &fed, &loss).unwrap_err().to_string(), &["\"stem\""]);
    expect(NativeBackend::new("neon", 1).unwrap_err().to_string(), &["\"neon\"", "portable"]);
}

#[test]
fn graphs_that_do_not_fit_together_are_refused() {
    let mut backend = NativeBackend::new("auto", 1).unwrap();
    let mut refuse = |change: &dyn Fn(&mut Graph), part: &str| {
        let mut graph = banks();
        change(&mut graph);
        let found = backend.compile(&graph).unwrap_err().to_string();
        assert!(found.contains(part), "{found}");
    };
    refuse(&|g| g.nodes[2].inputs[0].0 = 99, "does not come before");
    refuse(&|g| g.nodes[2].shape.dims[0] = 9, "expected the shape");
    refuse(&|g| g.nodes[2].inputs.clear(), "conv");
    refuse(&|g| g.outputs[0].1.0 = 999, "does not exist");
    refuse(&|g| g.parameters.clear(), "no parameter");
    refuse(&|g| g.nodes[0].shape.dims[0] = 0, "without elements");
}

#[test]
fn the_configuration() {
    let config: NativeConfig = serde_json::from_str(r#"{"kernels": "portable"}"#).unwrap();
    assert_eq!(config.open(1).unwrap().info().level, "portable");
    assert_eq!(serde_json::from_str::<NativeConfig>("{}").unwrap(), NativeConfig::default());
    assert!(serde_json::from_str::<NativeConfig>(r#"{"kernel": "auto"}"#).is_err());
}

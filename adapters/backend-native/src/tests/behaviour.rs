//! Same bytes at any thread count, after resuming too, and what only this engine refuses.

use smash_core::backend::{Backend, Feed, Fetch, Mode, Optimizer, Plan, StepGroup};
use smash_core::conformance::data::{self, feeds};
use smash_core::conformance::networks::banks;
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;

use super::harness::backend;
use crate::kernel::Isa;
use crate::{NativeBackend, NativeConfig};

fn train(backend: &mut NativeBackend, plan: Plan, graph: &Graph, batch: usize, steps: usize) {
    let inputs = data::inputs(graph, batch).unwrap();
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
        backend.run(plan, Mode::Train, &feeds(&inputs), &[("loss", Fetch::Host)]).unwrap();
        backend.backward(plan, &[("loss", Feed::Host(&one))], &[]).unwrap();
        assert!(backend.step(&groups, Some(1.0)).unwrap().applied);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_at_every_level() {
    let graph = banks().unwrap();
    for isa in Isa::available() {
        let states: Vec<_> = (1..=3)
            .map(|threads| {
                let (mut backend, plan) = backend(isa.name(), threads, &graph);
                assert_eq!(backend.info().threads, threads);
                train(&mut backend, plan, &graph, 600, 3);
                backend.snapshot().unwrap()
            })
            .collect();
        assert!(states[0] == states[1] && states[0] == states[2], "{}", isa.name());
    }
}

#[test]
fn a_resumed_run_ends_in_the_same_bytes() {
    let graph = banks().unwrap();
    let (mut whole, plan) = backend("auto", 1, &graph);
    train(&mut whole, plan, &graph, 3, 2);
    let snapshot = whole.snapshot().unwrap();
    train(&mut whole, plan, &graph, 3, 3);
    let mut resumed = NativeBackend::new("auto", 2).unwrap();
    resumed.restore(&snapshot).unwrap();
    let plan = resumed.compile(&graph).unwrap();
    train(&mut resumed, plan, &graph, 3, 3);
    assert_eq!(resumed.snapshot().unwrap(), whole.snapshot().unwrap());
}

#[test]
fn mistakes_that_only_this_engine_knows() {
    let graph = banks().unwrap();
    let (mut b, plan) = backend("auto", 1, &graph);
    let inputs = data::inputs(&graph, 2).unwrap();
    let one = Tensor::scalar(1.0);
    let seeds = [("loss", Feed::Host(&one))];
    b.run(plan, Mode::Train, &feeds(&inputs), &[("loss", Fetch::Host)]).unwrap();
    b.backward(plan, &seeds, &[]).unwrap();
    let twice = b.backward(plan, &seeds, &[]).unwrap_err().to_string();
    assert!(twice.contains("serves once"), "{twice}");
    let optimizer = Optimizer::Sgd { lr: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
    let group = StepGroup { parameters: vec!["stem".into()], optimizer };
    let twice = b.step(&[group.clone(), group], None).unwrap_err().to_string();
    assert!(twice.contains("\"stem\"") && twice.contains("twice"), "{twice}");
    let missing = NativeBackend::new("neon", 1).unwrap_err().to_string();
    assert!(missing.contains("\"neon\"") && missing.contains("portable"), "{missing}");
}

#[test]
fn the_configuration() {
    let config: NativeConfig = serde_json::from_str(r#"{"kernels": "portable"}"#).unwrap();
    assert_eq!(config.open(1).unwrap().info().level, "portable");
    assert_eq!(serde_json::from_str::<NativeConfig>("{}").unwrap(), NativeConfig::default());
    assert!(serde_json::from_str::<NativeConfig>(r#"{"kernel": "auto"}"#).is_err());
}

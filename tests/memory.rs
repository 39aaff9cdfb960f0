#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! A long training, each step with another architecture, needs no more memory than a short one; and a step
//! reuses the memory of what it no longer needs.

use std::fs;
use std::sync::Arc;

use smash_backend_native::NativeBackend;
use smash_core::backend::{Backend, Feed, Mode};
use smash_core::component::SpaceConfig;
use smash_core::random::Seed;
use smash_core::session::{Phase, Session};
use smash_core::space::WeightScheme;
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_core::train::{self, initialize};
use smash_tests::kit::{Faulty, digits, parse, parts};

/// Resident memory of this process in MiB.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

#[test]
fn memory_does_not_grow_with_the_steps() {
    let mut job = digits(2);
    job["strategy"]["epochs"] = 40.into();
    let job = parse(&job);
    let mut parts = parts(&job);
    let backend = Faulty::new(parts.backend, Arc::new(|_, _| false));
    let plans = backend.plans();
    parts.backend = Box::new(backend);
    let mut session = Session::new(parts, job.settings()).unwrap();
    let mut sizes = Vec::new();
    for step in 0..=500 {
        if step % 100 == 0 {
            sizes.push(resident());
        }
        assert_eq!(session.step(&mut ()).unwrap(), Phase::Training);
    }
    println!("MiB after 0, 100, … steps: {sizes:.0?}; plans {:?}", plans.lock().unwrap());
    let grown = sizes[5] - sizes[1];
    assert!(grown < 24.0, "400 steps took {grown:.0} MiB more: {sizes:.0?}");
    assert_eq!(plans.lock().unwrap().now, 0, "plans of steps that are over");
}

/// A training step, against one in which every value and every gradient keeps a place of its own.
#[test]
fn a_step_uses_memory_again() {
    const BATCH: usize = 50;
    let config: Box<dyn SpaceConfig> =
        serde_json::from_str(r#"{"type": "memory_bank", "preset": "tiny"}"#).unwrap();
    let space = config.build(&Task { channels: 3, extents: vec![32, 32], classes: 10 }).unwrap();
    let architecture = space.sample(&mut Seed::new(3).random(), 1.0).unwrap();
    let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
    let per_image: usize = graph.nodes.iter().filter(|n| n.shape.batched).map(|n| n.shape.len()).sum();
    let naive = 2 * BATCH * per_image * size_of::<f32>();

    let mut backend = NativeBackend::new("auto", 2).unwrap();
    initialize(&mut backend, &graph, Seed::new(1)).unwrap();
    let network = train::Classifier::compile(&mut backend, graph).unwrap();
    let (x, labels, one) =
        (Tensor::full(&[BATCH, 3, 32, 32], 0.5), Tensor::zeros(&[BATCH]), Tensor::scalar(1.0));
    network.run(&mut backend, Mode::Train, (&x, &labels), &[]).unwrap();
    backend.backward(network.plan(), &[("loss", Feed::Host(&one))], &[]).unwrap();
    let peak = backend.peak_memory();
    println!("{} MiB at most, {} MiB without reuse", peak >> 20, naive >> 20);
    assert!(peak * 5 < naive * 2, "{peak} bytes at most, {naive} without reuse");
}

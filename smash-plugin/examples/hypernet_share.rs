#![allow(clippy::print_stdout, reason = "a program for people")]
//! How much of a SMASH training step the HyperNet takes:
//! `cargo run --release -p smash-plugin --example hypernet_share`.
//!
//! 32×32 images, batch 50, two threads, the `tiny` preset at its final annealing; medians over 40
//! architectures.

use std::time::{Duration, Instant};

use serde_json::json;
use smash_core::Result;
use smash_core::backend::{Backend, Feed, Fetch, Mode};
use smash_core::random::Seed;
use smash_core::smash::HyperNetConfig;
use smash_core::space::bind_generated;
use smash_core::space::{self, SearchSpace};
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_core::train::{Classifier, initialize};
use smash_plugin::Registry;

fn main() -> Result<(), smash_plugin::Error> {
    let registry = Registry::builtin()?;
    let task = Task { channels: 3, extents: vec![32, 32], classes: 10 };
    let space = registry.space(&json!({"type": "memory_bank", "preset": "tiny"}), &task)?;
    let mut backend = registry.backend(&json!({"type": "native"}), 2)?;
    let mut times: Vec<(Duration, Duration)> = Vec::new();
    for i in 0..45 {
        times.push(step(&*space, &mut *backend, i)?);
    }
    // The first few warm the buffers.
    let mut hypernet: Vec<Duration> = times.iter().skip(5).map(|t| t.0).collect();
    let mut network: Vec<Duration> = times.iter().skip(5).map(|t| t.1).collect();
    hypernet.sort_unstable();
    network.sort_unstable();
    let (h, n) = (hypernet[hypernet.len() / 2], network[network.len() / 2]);
    let share = h.as_secs_f64() / (h + n).as_secs_f64();
    println!("HyperNet {h:?}, network {n:?}, share {:.1} %", 100.0 * share);
    Ok(())
}

/// Times of the HyperNet and of the network: compile, forward and backward.
fn step(space: &dyn SearchSpace, backend: &mut dyn Backend, i: u64) -> Result<(Duration, Duration)> {
    let architecture = space.sample(&mut Seed::new(0).at(i).random(), 1.0)?;
    let description = space.describe(&architecture)?;
    let spec = space.plane();

    let clock = Instant::now();
    let hypernet = HyperNetConfig::default().build(spec, description.columns)?;
    initialize(backend, &hypernet, Seed::new(0))?;
    let plan = backend.compile(&hypernet)?;
    let plane = Tensor::zeros(&[1 + spec.channels, spec.rows, description.columns]);
    backend.run(plan, Mode::Train, &[("plane", Feed::Host(&plane))], &[("generated", Fetch::Device("w"))])?;
    let mut hypernet_time = clock.elapsed();

    let clock = Instant::now();
    let graph = space.build(&architecture, space::WeightScheme::OneShot)?;
    let matrix = [description.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
    let graph = bind_generated(&graph, &description, matrix, |n| (2.0 * n as f32).sqrt())?;
    initialize(backend, &graph, Seed::new(0))?;
    let network = Classifier::compile(backend, graph)?;
    let (x, labels) = (Tensor::full(&[50, 3, 32, 32], 0.5), Tensor::zeros(&[50]));
    network.run(backend, Mode::Train, (&x, &labels), &[("generated", Feed::Device("w"))])?;
    let one = Tensor::scalar(1.0);
    let wanted = [("generated", Fetch::Device("dw"))];
    backend.backward(network.plan(), &[("loss", Feed::Host(&one))], &wanted)?;
    let network_time = clock.elapsed();

    let clock = Instant::now();
    backend.backward(plan, &[("generated", Feed::Device("dw"))], &[])?;
    hypernet_time += clock.elapsed();
    backend.step(&[], None)?;
    backend.release(plan);
    backend.release(network.plan());
    Ok((hypernet_time, network_time))
}

#![allow(clippy::print_stdout, reason = "a program for people")]
//! What it costs to cross the boundary of a plugin: `cargo run --release -p smash-plugin --example
//! crossing_cost -- SPACE STRATEGY BACKEND`, manifests of the samples in `tests/plugins`.
//!
//! Medians of calls of the sample space and strategy; then training steps of the `tiny` preset at batch 50 on
//! two threads, in turns with the engine that is linked in and with the same one in a plugin: the difference
//! is the way of two graphs, a batch and the optimiser's groups into the plugin.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use smash_core::dataset::Data;
use smash_core::graph::Graph;
use smash_core::random::Seed;
use smash_core::session::{Parts, Session, Settings};
use smash_core::smash::HyperNetConfig;
use smash_core::space::bind_generated;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::strategy::Next;
use smash_core::task::Task;
use smash_core::testing::Blobs;
use smash_core::{Error, Result};
use smash_plugin::Registry;

const CALLS: u64 = 500;

fn main() -> smash_plugin::Result<()> {
    let mut registry = Registry::builtin()?;
    for manifest in std::env::args().skip(1).map(PathBuf::from) {
        registry.load_plugin(&manifest)?;
    }
    let task = Task { channels: 1, extents: vec![8, 8], classes: 10 };
    let plain = registry.space(&json!({"type": "plain"}), &task)?;
    let tiny = registry.space(&json!({"type": "memory_bank", "preset": "tiny"}), &task)?;
    let (mut samples, mut proposals) = (Vec::new(), [Vec::new(), Vec::new()]);
    for i in 0..CALLS {
        samples.push(timed(|| plain.sample(&mut Seed::new(i).random(), 1.0).map(drop))?);
    }
    println!("sample of the sample space: {:?}", median(samples));
    for ((name, space), times) in
        [("the sample space", &*plain), ("tiny", &*tiny)].into_iter().zip(&mut proposals)
    {
        ask_and_tell(&registry, space, times)?;
        println!("ask and tell of the sample strategy in {name}: {:?}", median(times.clone()));
    }
    println!("the two graphs of a step of tiny as JSON, there and back: {:?}", graphs(&*tiny)?);
    for extent in [8, 32] {
        let (here, more) = steps(&registry, extent)?;
        let share = 100.0 * more / here;
        println!(
            "training step of tiny on {extent}x{extent}: {:.3} ms, in a plugin {:+.3} ms: {share:+.2} %",
            1e3 * here,
            1e3 * more
        );
    }
    Ok(())
}

fn ask_and_tell(
    registry: &Registry,
    space: &dyn SearchSpace,
    times: &mut Vec<Duration>,
) -> smash_plugin::Result<()> {
    let mut proposer = registry.strategy(&json!({"type": "local", "candidates": CALLS}))?.proposer;
    for i in 0..CALLS {
        times.push(timed(|| match proposer.ask(space, Seed::new(i))? {
            Next::Proposal(proposal) => proposer.tell(&proposal, Some(&[(i % 17) as f64])),
            other => Err(Error::State(format!("expected a proposal, found {other:?}"))),
        })?);
    }
    Ok(())
}

/// The graphs that a training step compiles, written as JSON and read again.
fn graphs(space: &dyn SearchSpace) -> Result<Duration> {
    let (spec, mut times) = (space.plane(), Vec::new());
    for i in 0..CALLS {
        let architecture = space.sample(&mut Seed::new(i).random(), 1.0)?;
        let description = space.describe(&architecture)?;
        let matrix = [description.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
        let network = space.build(&architecture, WeightScheme::OneShot)?;
        let network = bind_generated(&network, &description, matrix, |_| 1.0)?;
        let hypernet = HyperNetConfig::default().build(spec, description.columns)?;
        times.push(timed(|| {
            for graph in [&network, &hypernet] {
                let text = serde_json::to_string(graph).map_err(|e| Error::graph(e.to_string()))?;
                let read: Graph = serde_json::from_str(&text).map_err(|e| Error::graph(e.to_string()))?;
                std::hint::black_box(read);
            }
            Ok(())
        })?);
    }
    Ok(median(times))
}

/// Seconds of a step of the HyperNet's training here, and how many more the same step takes in a plugin:
/// medians over steps of the same architectures on the same examples.
fn steps(registry: &Registry, extent: usize) -> smash_plugin::Result<(f64, f64)> {
    const STEPS: usize = 600;
    let session = |backend: &str| -> smash_plugin::Result<Session> {
        let blobs = Box::new(Blobs::new(4, &[extent, extent], 1000, 1));
        let data = Data::new(blobs, Seed::new(0))?;
        let parts = Parts {
            space: registry.space(&json!({"type": "memory_bank", "preset": "tiny"}), data.task())?,
            strategy: registry.strategy(&json!({"type": "smash", "epochs": 30, "batch": 50}))?,
            data,
            backend: registry.backend(&json!({"type": backend}), 2)?,
        };
        Ok(Session::new(parts, Settings::default())?)
    };
    let mut sessions = [session("native")?, session("sample")?];
    let mut times = [Vec::new(), Vec::new()];
    for i in 0..STEPS {
        // Each is the first in every other step.
        for k in [i % 2, 1 - i % 2] {
            times[k].push(timed(|| sessions[k].step(&mut ()).map(drop))?.as_secs_f64());
        }
    }
    let more = times[1].iter().zip(&times[0]).map(|(there, here)| there - here).collect();
    let [here, _] = times;
    Ok((median(here), median(more)))
}

fn timed(call: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let clock = Instant::now();
    call().map(|()| clock.elapsed())
}

fn median<T: Copy + PartialOrd>(mut times: Vec<T>) -> T {
    times.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    times[times.len() / 2]
}

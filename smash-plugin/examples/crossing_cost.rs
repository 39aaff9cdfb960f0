#![allow(clippy::print_stdout, reason = "a program for people")]
//! What it costs to cross the boundary of a plugin: `cargo run --release -p smash-plugin --example crossing_cost -- SPACE
//! STRATEGY BACKEND`, manifests of the samples in `tests/plugins`.
//!
//! Medians over a thousand calls of the sample space and strategy; the graphs of the `tiny` preset on 8×8 images, compiled by
//! the sample engine and by the one that is linked in, beside a whole training step of its HyperNet at batch 50.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use smash_core::backend::Backend;
use smash_core::graph::Graph;
use smash_core::random::Seed;
use smash_core::session::Session;
use smash_core::space::{Network, SearchSpace};
use smash_core::strategy::Next;
use smash_core::task::Task;
use smash_plugin::{Error, Job, Registry, Result};

const CALLS: u64 = 1000;

fn main() -> Result<()> {
    let mut registry = Registry::builtin()?;
    for manifest in std::env::args().skip(1).map(PathBuf::from) {
        registry.load_plugin(&manifest)?;
    }
    let task = Task { channels: 1, extents: vec![8, 8], classes: 10 };
    let plain = registry.space(&json!({"type": "plain"}), &task)?;
    let tiny = registry.space(&json!({"type": "memory_bank", "preset": "tiny"}), &task)?;
    println!(
        "sample of the sample space: {:?}",
        median(|i| plain.sample(&mut Seed::new(i).random(), 1.0).map(drop))?
    );
    for (name, space) in [("the sample space", &*plain), ("tiny", &*tiny)] {
        println!("ask and tell of the sample strategy in {name}: {:?}", ask_and_tell(&registry, space)?);
    }
    let job = json!({
        "space": {"type": "memory_bank", "preset": "tiny"}, "dataset": {"type": "digits"}, "threads": 2,
        "strategy": {"type": "smash", "epochs": 20, "batch": 50}
    });
    let job = Job::parse(&registry, &job)?;
    let mut session = Session::new(job.parts(&registry)?, job.settings())?;
    let step = median(|_| session.step().map(drop))?;
    let crossing = graph_crossing(&registry, &*tiny)?;
    let share = 100.0 * crossing.as_secs_f64() / step.as_secs_f64();
    println!("training step of tiny: {step:?}; a graph's way into a plugin: {crossing:?}, {share:.2} %");
    Ok(())
}

fn ask_and_tell(registry: &Registry, space: &dyn SearchSpace) -> Result<Duration> {
    let mut proposer = registry.strategy(&json!({"type": "local", "candidates": CALLS}))?.proposer;
    median(|i| match proposer.ask(space, Seed::new(i))? {
        Next::Proposal(proposal) => proposer.tell(&proposal, Some(&[(i % 17) as f64])),
        other => Err(smash_core::Error::State(format!("expected a proposal, found {other:?}"))),
    })
}

/// What compiling takes longer in a plugin: the graph as JSON, there and back.
fn graph_crossing(registry: &Registry, space: &dyn SearchSpace) -> Result<Duration> {
    let mut here = registry.backend(&json!({"type": "native"}), 2)?;
    let mut there = registry.backend(&json!({"type": "sample"}), 2)?;
    let compile = |backend: &mut dyn Backend, i: u64| -> smash_core::Result<Duration> {
        let architecture = space.sample(&mut Seed::new(i).random(), 1.0)?;
        let graph: Graph = space.build(&architecture, Network::Standalone)?;
        let clock = Instant::now();
        let plan = backend.compile(&graph)?;
        let time = clock.elapsed();
        backend.release(plan);
        Ok(time)
    };
    let mut differences = Vec::new();
    for i in 0..CALLS {
        let (native, plugin) = (compile(&mut *here, i)?, compile(&mut *there, i)?);
        differences.push(plugin.saturating_sub(native));
    }
    Ok(middle(differences))
}

fn median(mut call: impl FnMut(u64) -> smash_core::Result<()>) -> Result<Duration> {
    let mut times = Vec::new();
    for i in 0..CALLS.min(500) {
        let clock = Instant::now();
        call(i).map_err(Error::Core)?;
        times.push(clock.elapsed());
    }
    Ok(middle(times))
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#![allow(clippy::print_stdout, reason = "a program for people")]
//! What it costs to cross the boundary of a plugin: `cargo run --release -p smash-plugin --example
//! crossing_cost -- SPACE STRATEGY`, manifests of the samples in `tests/plugins`.
//!
//! Medians of calls of the sample space and strategy, and of the way of the two graphs that a training step
//! compiles; `cargo xtask bench plugin_step` times whole steps.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use smash_core::graph::Graph;
use smash_core::random::Seed;
use smash_core::smash::HyperNetConfig;
use smash_core::space::bind_generated;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::strategy::{Next, Outcome};
use smash_core::task::Task;
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
    let [text, binary] = graphs(&*tiny)?;
    println!("the two graphs of a step of tiny, there and back: as JSON {text:?}, in binary {binary:?}");
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
            Next::Proposal(proposal) => proposer.tell(&proposal, &Outcome::of([(i % 17) as f64])),
            other => Err(Error::State(format!("expected a proposal, found {other:?}"))),
        })?);
    }
    Ok(())
}

/// The graphs that a training step compiles, written and read again: as JSON, and in their binary form.
fn graphs(space: &dyn SearchSpace) -> Result<[Duration; 2]> {
    let (spec, mut times) = (space.plane(), [Vec::new(), Vec::new()]);
    for i in 0..CALLS {
        let architecture = space.sample(&mut Seed::new(i).random(), 1.0)?;
        let description = space.describe(&architecture)?;
        let matrix = [description.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
        let network = space.build(&architecture, WeightScheme::OneShot)?;
        let network = bind_generated(&network, &description, matrix, |_| 1.0)?;
        let hypernet = HyperNetConfig::default().build(spec, description.columns)?;
        let [as_text, as_binary] = &mut times;
        as_text.push(timed(|| {
            for graph in [&network, &hypernet] {
                let read: serde_json::Result<Graph> = serde_json::from_str(&graph.to_json());
                std::hint::black_box(read.map_err(|e| Error::graph(e.to_string()))?);
            }
            Ok(())
        })?);
        as_binary.push(timed(|| {
            for graph in [&network, &hypernet] {
                std::hint::black_box(Graph::from_bytes(&graph.to_bytes())?);
            }
            Ok(())
        })?);
    }
    Ok(times.map(median))
}

fn timed(call: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let clock = Instant::now();
    call().map(|()| clock.elapsed())
}

fn median<T: Copy + PartialOrd>(mut times: Vec<T>) -> T {
    times.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    times[times.len() / 2]
}

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and may fail loudly")]
//! Inference of the native engine and of ONNX Runtime, by turns on the same networks:
//! `cargo run --release -p smash-bench --example onnxruntime -- PYTHON [MODEL.safetensors…]`, where PYTHON
//! has numpy and onnxruntime, as `target/tmp/export-venv/bin/python` that the tests of exported networks
//! leave behind. Without trained models: drawn networks with seeded weights.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use smash_backend_native::NativeConfig;
use smash_core::backend::{Backend, Feed, Fetch, Mode, Snapshot};
use smash_core::graph::Graph;
use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_export::{Card, Network, OnnxOptions, onnx};
use smash_search_spaces::memory_bank::MemoryBankConfig;

const THREADS: usize = 2;
const TURNS: usize = 21;
/// Least seconds of a turn.
const TURN: f64 = 0.2;

/// Answers each line `COUNT` on its input with the seconds of that many runs.
const WORKER: &str = r#"
import sys, time
import numpy as np
import onnxruntime
path, threads, *shape = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
x = {"x": np.random.default_rng(0).random([int(e) for e in shape], np.float32)}
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        session.run(None, x)
    print(time.perf_counter() - start, flush=True)
"#;

fn main() {
    let python = std::env::args().nth(1).unwrap_or_else(|| "python3".into());
    println!("threads {THREADS}, median of {TURNS} turns of at least {TURN} s each");
    let models: Vec<String> = std::env::args().skip(2).collect();
    for path in &models {
        let registry = smash_plugin::Registry::builtin().unwrap();
        let model = smash_plugin::StoredModel::read(path.as_ref()).unwrap();
        let (graph, task) = model.network(&registry).unwrap();
        for batch in [1, 64] {
            compare(path, &graph, &model.tensors, &task, batch, &python);
        }
    }
    if !models.is_empty() {
        return;
    }
    for (name, channels, extent) in [("digits", 1, 8), ("cifar10", 3, 32)] {
        let task = Task { channels, extents: vec![extent; 2], classes: 10 };
        let space = MemoryBankConfig::default().build(&task).unwrap();
        let architecture = space.sample(&mut Seed::new(3).random(), 1.0).unwrap();
        let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
        let weights = graph.parameters.iter().map(|p| (p.name.clone(), p.initial(Seed::new(1)))).collect();
        for batch in [1, 64] {
            compare(name, &graph, &weights, &task, batch, &python);
        }
    }
}

fn compare(
    name: &str,
    graph: &Graph,
    weights: &BTreeMap<String, Tensor>,
    task: &Task,
    batch: usize,
    python: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let network = Network { graph, weights, card: Card::default() };
    std::fs::write(&path, onnx(&network, &OnnxOptions::default()).unwrap()).unwrap();
    let shape = [&[batch], &task.dims()[..]].concat();
    let mut worker = Command::new(python)
        .args(["-c", WORKER])
        .arg(&path)
        .arg(THREADS.to_string())
        .args(shape.iter().map(ToString::to_string))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut ask, mut answers) =
        (worker.stdin.take().unwrap(), BufReader::new(worker.stdout.take().unwrap()));
    let mut theirs = |count: usize| {
        writeln!(ask, "{count}").unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        line.trim().parse::<f64>().unwrap()
    };

    let logits = graph.output("logits").unwrap();
    let graph = graph.clone().extend().with_loss(logits).unwrap().select(&["log_probs"]).unwrap();
    let mut engine = NativeConfig::default().open(THREADS).unwrap();
    engine.restore(&Snapshot { tensors: weights.clone(), ..Snapshot::default() }).unwrap();
    let plan = engine.compile(&graph).unwrap();
    let x = Tensor::full(&shape, 0.5);
    let mut ours = |count: usize| {
        let start = Instant::now();
        for _ in 0..count {
            engine.run(plan, Mode::Eval, &[("x", Feed::Host(&x))], &[("log_probs", Fetch::Host)]).unwrap();
        }
        start.elapsed().as_secs_f64()
    };

    // Warm, then as many runs as fill a turn of the faster one.
    let seconds = (ours(20), theirs(20));
    let count = ((20.0 * TURN / seconds.0.min(seconds.1)) as usize).max(5);
    let turns: Vec<(f64, f64)> = (0..TURNS).map(|_| (ours(count), theirs(count))).collect();
    let median = |values: &mut dyn Iterator<Item = f64>| {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let images = (count * batch) as f64;
    println!(
        "{name} batch {batch:3}: native {:9.0} images/s, onnxruntime {:9.0} images/s, ratio {:.2}",
        images / median(&mut turns.iter().map(|t| t.0)),
        images / median(&mut turns.iter().map(|t| t.1)),
        median(&mut turns.iter().map(|t| t.1 / t.0)),
    );
    drop(ask);
    worker.wait().unwrap();
}

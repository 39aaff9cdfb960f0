#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]
//! `cargo xtask bench`: the same workloads on every engine of this build, in turn, in one run.

use std::process::ExitCode;

use clap::Parser;
use smash_backend_native::NativeConfig;
use smash_bench::measure::measure;
use smash_bench::report::{HEAD, Row};
use smash_bench::worker::{Worker, serve};
use smash_bench::workload::all;
use smash_bench::{Crossing, Engine, THREADS, Workload, crossing};
use smash_core::Result;
use smash_core::error::Error;

/// Times convolutions, training steps and scoring passes on every engine of this build.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Options {
    /// Only benchmarks whose name contains this
    filter: Option<String>,
    /// One line of JSON per benchmark
    #[arg(long)]
    json: bool,
    /// Rounds of each item, of which the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Threads of each engine
    #[arg(long, default_value_t = THREADS)]
    threads: usize,
    /// Also on the first CUDA device
    #[arg(long)]
    cuda: bool,
    /// Internal, for worker processes: run the benchmark of that name on this engine, one item for each line
    /// read
    #[arg(long, hide = true)]
    serve: Option<String>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if let Some(engine) = &options.serve {
        let engine = Engine::named(engine).ok_or_else(|| Error::State(format!("no engine {engine:?}")))?;
        let workload = all()?.into_iter().find(|w| Some(w.name()) == options.filter);
        let workload = workload.ok_or_else(|| Error::State(format!("no bench {:?}", options.filter)))?;
        return serve(engine.open(options.threads)?, &*workload);
    }
    let peak = NativeConfig::default().open(options.threads)?.peak_gflops();
    if !options.json {
        println!("{} threads, measured peak {peak:.0} GFLOP/s\n{HEAD}", options.threads);
    }
    for workload in all()? {
        if options.filter.as_ref().is_none_or(|filter| workload.name().contains(filter)) {
            let row = row(&*workload, options, peak)?;
            match options.json {
                true => println!("{}", serde_json::to_string(&row).unwrap_or_default()),
                false => println!("{}", row.line()),
            }
        }
    }
    if options.filter.as_ref().is_none_or(|filter| crossing::NAME.contains(filter)) {
        for extent in [8, 32] {
            let crossing = Crossing::measure(extent, options.threads)?;
            match options.json {
                true => println!("{}", serde_json::to_string(&crossing).unwrap_or_default()),
                false => println!("{}", crossing.line()),
            }
        }
    }
    Ok(())
}

fn row(workload: &dyn Workload, options: &Options, peak: f64) -> Result<Row> {
    let name = workload.name();
    let start = |engine: &Engine| Worker::start(*engine, &name, options.threads);
    let engines = || Engine::ALL.iter().chain(if options.cuda { Engine::CUDA } else { &[] });
    let mut workers = engines().map(start).collect::<Result<Vec<_>>>()?;
    let costs = measure(&mut workers, workload.items(), options.rounds)?;
    let of = |name: &str| engines().position(|engine| engine.name() == name).map(|i| costs[i]);
    let native = of("native").unwrap_or_default();
    let (tch, tch_best) = (of("tch"), of("tch_best"));
    let gflops = workload.flops() / native.ms / 1e6;
    Ok(Row {
        bench: name,
        native_ms: native.ms,
        tch_ms: tch.map(|cost| cost.ms),
        tch_best_ms: tch_best.map(|cost| cost.ms),
        cuda_ms: of("cuda").map(|cost| cost.ms),
        cuda_tf32_ms: of("cuda_tf32").map(|cost| cost.ms),
        native_mib: native.mib,
        tch_mib: tch.map(|cost| cost.mib),
        tch_best_mib: tch_best.map(|cost| cost.mib),
        gflops,
        peak_share: gflops / peak,
    })
}

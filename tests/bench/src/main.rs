#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]
//! `cargo xtask bench`: every engine of this build at the same work, by turns, in one process.

use std::process::ExitCode;

use clap::Parser;
use smash_backend_native::NativeConfig;
use smash_bench::engine::engines;
use smash_bench::measure::measure;
use smash_bench::report::{HEAD, Row};
use smash_bench::workload::{Kind, Networks, Settings, convolutions};
use smash_bench::{Engine, Workload};
use smash_core::Result;

/// Times convolutions, training steps and scoring passes on every engine of this build.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Options {
    /// Only benches whose name contains this
    filter: Option<String>,
    /// One line of JSON a bench
    #[arg(long)]
    json: bool,
    /// Rounds of each part, of which the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Threads of each engine
    #[arg(long, default_value_t = 2)]
    threads: usize,
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
    let mut engines = engines(options.threads)?;
    let peak = NativeConfig::default().open(options.threads)?.peak_gflops();
    if !options.json {
        println!("{} threads, measured peak {peak:.0} GFLOP/s\n{HEAD}", options.threads);
    }
    for workload in workloads()? {
        if options.filter.as_ref().is_none_or(|filter| workload.name().contains(filter)) {
            let row = row(&*workload, &mut engines, options.rounds, peak)?;
            match options.json {
                true => println!("{}", serde_json::to_string(&row).unwrap_or_default()),
                false => println!("{}", row.line()),
            }
        }
    }
    Ok(())
}

fn workloads() -> Result<Vec<Box<dyn Workload>>> {
    let mut all: Vec<Box<dyn Workload>> = Vec::new();
    for convolution in convolutions()? {
        all.push(Box::new(convolution));
    }
    for settings in [Settings::Tiny, Settings::Default] {
        // The training step is what the comparison is about: all architectures. The others, a few.
        for (kind, count) in [(Kind::SmashStep, 16), (Kind::ScoringPass, 2), (Kind::RetrainStep, 4)] {
            all.push(Box::new(Networks::new(settings, kind, count)?));
        }
    }
    Ok(all)
}

fn row(workload: &dyn Workload, engines: &mut [Engine], rounds: usize, peak: f64) -> Result<Row> {
    let times = measure(workload, engines, rounds)?;
    let of = |name: &str| engines.iter().position(|engine| engine.name == name).map(|i| times[i]);
    let native_ms = of("native").unwrap_or(f64::NAN);
    let gflops = workload.flops() / native_ms / 1e6;
    Ok(Row {
        bench: workload.name(),
        native_ms,
        tch_ms: of("tch"),
        tch_best_ms: of("tch_best"),
        gflops,
        peak_share: gflops / peak,
    })
}

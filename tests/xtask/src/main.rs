#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]
//! Development commands of the workspace, run as `cargo xtask …`.

mod bench;
mod build;
mod check;
mod dist;
mod fuzz;
mod layout;
mod libtorch;
mod miri;
mod report;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// Development commands of the SMASH workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Check the formatting, then lint every target; warnings are errors.
    Check,
    /// Write what follows from smash.h: the golden file of its layout, and the module for hosts in Python.
    Layout,
    /// Download libtorch into target/libtorch, for the engine over it; does nothing when it exists.
    Libtorch,
    /// Run all tests, optimised, and count them; those of the engine over libtorch where libtorch exists.
    Test {
        /// Fetch libtorch first, and run the slow tests too: those marked `#[ignore]`, and the kernels under
        /// Miri.
        #[arg(long)]
        all: bool,
    },
    /// Benchmark the engines on convolutions, training steps and scoring passes, in turn in one run.
    #[command(disable_help_flag = true)]
    Bench {
        /// Time the native engine alone, with criterion, which compares with what it measured before; must
        /// come first.
        #[arg(long)]
        criterion: bool,
        /// Options of the benchmark program or of criterion: see --help.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Pack the library, its headers and the command into an archive in target/dist, the same bytes wherever
    /// it is built.
    Dist(dist::Options),
    /// Pack the Python package with the library and the command as a wheel in target/wheel; and the engine
    /// over libtorch as another, where libtorch is.
    Wheel(dist::wheel::Options),
    /// Fuzz everything that SMASH reads, under AddressSanitizer; needs the nightly compiler.
    Fuzz {
        /// A fuzz target of tests/fuzz/src/bin; absent: all of them.
        target: Option<String>,
        /// Seconds per target.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Check => check::run(),
        Task::Layout => layout::run(),
        Task::Libtorch => libtorch::run(),
        Task::Test { all } => test::run(all),
        Task::Dist(options) => dist::run(&options),
        Task::Wheel(options) => dist::wheel::run(&options),
        Task::Fuzz { target, seconds } => fuzz::run(target.as_deref(), seconds),
        Task::Bench { criterion: true, options } => bench::criterion(&options),
        Task::Bench { criterion: false, options } => bench::compare(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

//! `cargo xtask bench`.

use std::process::Command;

use crate::libtorch;
use crate::workspace::cargo;

/// Builds the benchmark program optimised and runs it on all engines.
pub(crate) fn compare(options: &[String]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--package", "smash-bench"]);
    if libtorch::is_there() {
        command.args(["--features", "tch"]);
        // The rpath of the engine's own library does not apply to a program that links it.
        if let Some(libraries) = libtorch::libraries() {
            command.env("LD_LIBRARY_PATH", libraries);
        }
    } else {
        eprintln!(
            "libtorch is not there: the native engine is timed alone; `cargo xtask libtorch` fetches it"
        );
    }
    run(command, options)
}

/// Benchmarks the native engine with criterion.
pub(crate) fn criterion(options: &[String]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["bench", "--quiet", "--package", "smash-bench", "--bench", "native"]);
    run(command, options)
}

fn run(mut command: Command, options: &[String]) -> Result<(), String> {
    let status = command.arg("--").args(options).status();
    let status = status.map_err(|e| format!("cargo could not be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("the bench failed ({status})")) }
}

//! `cargo xtask bench`.

use crate::{cargo, libtorch};

/// Builds the bench program optimised and runs it.
pub(crate) fn run(options: &[String]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--package", "smash-bench"]);
    if libtorch::is_there() {
        command.args(["--features", "tch"]);
        // The search path that the engine's own library carries does not reach a program that links it.
        if let Some(libraries) = libtorch::libraries() {
            command.env("LD_LIBRARY_PATH", libraries);
        }
    } else {
        eprintln!(
            "libtorch is not there: the native engine is timed alone; `cargo xtask libtorch` fetches it"
        );
    }
    command.arg("--").args(options);
    let status = command.status().map_err(|e| format!("cargo could not be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("the bench failed ({status})")) }
}

//! `cargo xtask bench`.

use crate::cargo;

/// Builds the bench program optimised and runs it.
pub(crate) fn run(options: &[String]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--package", "smash-bench", "--"]).args(options);
    let status = command.status().map_err(|e| format!("cargo could not be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("the bench failed ({status})")) }
}

//! `cargo xtask check`.

use crate::{cargo, libtorch};

/// Formatting and lints, the cheapest first. Lints use the test profile, so that build scripts run once.
pub(crate) fn run() -> Result<(), String> {
    step(&["fmt", "--all", "--check"])?;
    let lint = ["clippy", "--workspace", "--all-targets", "--release"];
    step(&[&lint, libtorch::exclusions(), &["--", "-D", "warnings"]].concat())
}

fn step(step: &[&str]) -> Result<(), String> {
    let status = cargo().args(step).status().map_err(|e| format!("cargo could not be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed ({status})", step.join(" "))) }
}

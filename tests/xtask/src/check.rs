//! `cargo xtask check`.

use crate::cargo;

const STEPS: [&[&str]; 2] =
    [&["fmt", "--all", "--check"], &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]];

/// Formatting and lints, the cheap one first.
pub(crate) fn run() -> Result<(), String> {
    for step in STEPS {
        let status = cargo().args(step).status().map_err(|e| format!("cargo could not be started: {e}"))?;
        if !status.success() {
            return Err(format!("cargo {} failed ({status})", step.join(" ")));
        }
    }
    Ok(())
}

//! `cargo xtask layout`.

use crate::workspace::cargo;
use crate::{build, libtorch};

/// Writes what follows from the header again: the golden file of sizes and offsets, and the module for hosts
/// in Python.
pub(crate) fn run() -> Result<(), String> {
    let mut command = cargo();
    command.args(build::TEST).args(libtorch::exclusions()).args(["--test", "abi", "header::"]);
    let status = command.env("UPDATE_GOLDEN", "1").status();
    let status = status.map_err(|e| format!("cargo could not be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("the header is not what Rust declares ({status})")) }
}

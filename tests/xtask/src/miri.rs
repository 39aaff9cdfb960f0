//! Miri, an interpreter that detects undefined behaviour in unsafe code.

use std::process::{Command, Stdio};

use crate::workspace::nightly;

/// Name of the Miri tests in the report where Miri is absent.
pub(crate) const NAME: &str = "unsafe_code_under_miri";

/// Its tests: the kernels at the portable level, the arena, and what holds the pointers of the C interface.
/// Other unsafe code calls libraries in C, which Miri cannot look into.
const TESTS: [&str; 14] = [
    "miri",
    "test",
    "--package",
    "smash-backend-native",
    "--package",
    "smash-sdk",
    "--lib",
    "--no-fail-fast",
    "--",
    "kernel::",
    "memory::",
    "tensor::",
    "handle::",
    "sized::",
];

/// Whether Miri is installed; the error says what to do.
pub(crate) fn is_there() -> Result<(), String> {
    let asked = nightly().args(["miri", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if asked.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err("no Miri (rustup toolchain install nightly --component miri,rust-src)".into())
}

/// The command that runs the tests under Miri.
pub(crate) fn tests() -> Command {
    let mut command = nightly();
    command.args(TESTS);
    command
}

//! Miri, which interprets a program and stops where unsafe code does what it must not.

use std::process::{Command, Stdio};

use crate::workspace::nightly;

/// What stands in the report for its tests where it is absent.
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
    "dlpack",
    "handle",
    "guard",
];

/// Says what to do where Miri is absent.
pub(crate) fn is_there() -> Result<(), String> {
    let asked = nightly().args(["miri", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if asked.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err("no Miri (rustup toolchain install nightly --component miri,rust-src)".into())
}

/// The command that runs its tests.
pub(crate) fn tests() -> Command {
    let mut command = nightly();
    command.args(TESTS);
    command
}

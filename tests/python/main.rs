#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests may fail loudly, and say why they were skipped"
)]
//! The Python package as `cargo xtask wheel` packs it, installed in an environment of its own: its tests, its
//! types, other versions of Python, and the engine over libtorch. Wheels are made on Linux only.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod engine;
mod environment;
mod package;
mod pythons;
mod wheels;

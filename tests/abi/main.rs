#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests may fail loudly, and say why they were skipped"
)]
//! The C interface: its headers, its table of functions, and programs in other languages that use it.

mod build;
mod calls;
mod environment;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../kit/faulty.rs"]
mod faulty;
mod header;
mod hosts;
mod library;
mod log;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../plugins/build.rs"]
mod plugins;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../kit/program.rs"]
mod program;
mod skew;

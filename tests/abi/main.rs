#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests may fail loudly, and say why they were skipped"
)]
//! The C interface: its headers, its table of functions, and programs in other languages that use it.

mod build;
mod calls;
mod dlpack;
mod environment;
mod header;
mod hosts;
mod library;
mod log;
mod optuna;
mod process;
mod skew;

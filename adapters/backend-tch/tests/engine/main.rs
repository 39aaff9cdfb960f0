#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail loudly and say what they saw")]
//! The engine over libtorch, as a job opens it.

mod agreement;
mod configuration;
mod conformance;
mod device;
mod errors;
mod golden;

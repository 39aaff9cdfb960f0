#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
//! The C interface: its headers, its table of functions, and programs in other languages that use it.

mod build;
mod calls;
mod header;
mod hosts;
mod library;
#[path = "../kit/program.rs"]
mod program;
mod skew;

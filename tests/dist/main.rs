#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests may fail loudly, and say why they were skipped"
)]
//! What `cargo xtask dist` packs, unpacked in an empty folder and used by programs that know nothing else of
//! SMASH. The names of libraries are those of Linux, so elsewhere there is no test.
#![cfg(target_os = "linux")]

mod library;
mod package;
mod programs;

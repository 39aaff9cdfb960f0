#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]
//! Sessions from end to end: spaces, strategies and the embedded engine together, and what must hold whatever
//! happens to them.

mod blocks;
mod breakdown;
mod calibration;
mod configurations;
mod golden_fixtures;
mod hypernet_input;
mod no_test_leak;
mod perturbations;
mod prefetch;
mod proposers;
mod resume;
mod spaces;
mod steering;
mod toy;
mod views;
mod voxels;

#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
//! Components in dynamic libraries: built here, described, loaded, and used by jobs like any other.

mod authors;
mod backend;
mod dataset;
mod estimator;
mod mobile;
mod proposer;
mod space;
mod untrusted;

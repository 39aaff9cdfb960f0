//! Conformance suites: one check for each promise of a component's trait.
//!
//! The author of an engine calls [`run`] in a test; [`space()`], [`proposer()`] and [`dataset()`] check the
//! other kinds, which have fewer promises:
//!
//! ```no_run
//! use smash_core::backend::Backend;
//! use smash_core::conformance::{self, Tolerance};
//! # fn open_my_engine() -> smash_core::Result<Box<dyn Backend>> { unimplemented!() }
//! for case in conformance::run(&mut open_my_engine, Tolerance::default()) {
//!     assert!(case.outcome.is_ok(), "{case}");
//! }
//! ```

mod dataset;
mod engine;
mod promise;
mod proposer;
mod space;

pub use dataset::dataset;
pub use engine::{
    CHECKS, Case, Check, Deviation, Subject, Tolerance, data, gradients, mistakes, networks, ops, optimizers,
    parameters, reference, run, statistics, values,
};
pub use promise::Promise;
pub use proposer::proposer;
pub use space::space;

#![forbid(unsafe_code)]
//! The ideas of SMASH (One-Shot Model Architecture Search through HyperNetworks, Brock et al., ICLR 2018),
//! free of any tensor library, file system and unsafe code.
//!
//! ```text
//! Architecture ──SearchSpace::build──▶ Graph ──Backend──▶ loss, error, gradients, weights
//!        └───────SearchSpace::describe──▶ plane ──HyperNet (a Graph too)──▶ generated weights
//! ```
//!
//! A [`SearchSpace`](space::SearchSpace) draws [`Architecture`](architecture::Architecture)s, one
//! [decision](decision) after the other, and builds their networks as [`Graph`](graph::Graph)s; a
//! [`Backend`](backend::Backend) runs graphs; a [`Strategy`](strategy::Strategy) pairs a
//! [`Proposer`](strategy::Proposer), which chooses the next candidates (see [`search`]), with an
//! [`Estimator`](strategy::Estimator), which scores them (see [`smash`] and [`estimators`]); a
//! [`Session`](session::Session) runs the search loop.

pub mod architecture;
pub mod backend;
pub mod component;
pub mod conformance;
pub mod constraint;
pub mod dataset;
pub mod decision;
pub mod error;
pub mod estimators;
pub mod graph;
pub mod json;
pub mod prelude;
pub mod process;
pub mod random;
pub mod schedule;
pub mod search;
pub mod session;
pub mod smash;
pub mod space;
pub mod strategy;
pub mod task;
pub mod tensor;
pub mod testing;
pub mod train;

pub use error::{Error, Result};

/// The examples of the page for authors compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/graph-builder.md")]
struct GraphBuilder;

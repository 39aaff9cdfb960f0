//! The conformance suite for engines: one check for each op and each promise of [`Backend`].
//!
//! An engine is compared with a slow executor in f64 ([`reference`]), its gradients with central differences
//! through that executor, and its optimiser steps with their formulas.
//!
//! A single check, or a graph of your own:
//!
//! ```no_run
//! # use smash_core::backend::Backend;
//! # fn open_my_engine() -> smash_core::Result<Box<dyn Backend>> { unimplemented!() }
//! # fn my_graph() -> smash_core::graph::Graph { unimplemented!() }
//! use smash_core::conformance::{Subject, Tolerance, ops};
//! let mut open = open_my_engine;
//! let mut subject = Subject::new(&mut open, Tolerance::default());
//! ops::conv(&mut subject)?;
//! subject.graph("my fused pattern", &my_graph(), 3)?;
//! println!("{}", subject.deviation());
//! # Ok::<(), smash_core::Error>(())
//! ```
//!
//! Not part of the suite, because engines may differ in it: the bits of a result, how often a run serves
//! `backward`, speed.

#![allow(clippy::single_range_in_vec_init, reason = "a box of one extent is a list of one range")]

mod call;
mod case;
pub mod data;
mod difference;
pub mod gradients;
mod graph;
pub mod mistakes;
pub mod networks;
pub mod ops;
pub mod optimizers;
pub mod parameters;
pub mod reference;
pub mod statistics;
mod subject;
mod tolerance;
pub mod values;

pub use case::{CHECKS, Case, Check, run};
pub use subject::Subject;
pub use tolerance::{Deviation, Tolerance};

#[cfg(doc)]
use crate::backend::Backend;

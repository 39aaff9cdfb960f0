//! Tests of the whole engine.

#![allow(clippy::single_range_in_vec_init)]

mod behaviour;
mod conformance;
mod fusion;
mod harness;

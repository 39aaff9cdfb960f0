//! Tests of the whole engine.

#![allow(clippy::single_range_in_vec_init)]

mod behaviour;
mod fusion;
mod harness;
mod ops;
mod optimizers;
mod reference;

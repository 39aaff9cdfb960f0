//! The embedded default engine of SMASH: whole graphs on the CPU, in pure Rust.
//!
//! `plan` plans the memory of a graph once: concatenations, slices of channels and reshapes alias the buffers
//! of other values, and convolutions apply leaky ReLUs while they read. `forward` and `backward` run it over
//! buffers that are reused; `kernel` has the convolutions, `ops` everything else. Every reduction is cut by
//! shape alone, so results are the same bytes at any number of threads.

mod backend;
mod backward;
mod boxes;
mod config;
mod engine;
mod forward;
mod gradients;
mod kernel;
mod layout;
mod memory;
mod ops;
mod optimizer;
mod plan;
mod register;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod threads;
mod values;

pub use backend::NativeBackend;
pub use config::{Kernels, NativeConfig};

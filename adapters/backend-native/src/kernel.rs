//! Convolutions on the CPU: forward, input gradient, weight gradient, and a small matrix product, all in one
//! design for every rank and shape. In layers, each of which imports only those above it in this list:
//!
//! - `simd`: vectors of `f32`, one type for each instruction set, and tokens for those that this machine has;
//! - `micro`: micro-kernels, the inner loops over register tiles, compiled for every instruction set;
//! - `plan`: what is worked out once per shape. A geometry lays padded samples out as one long row in which
//!   every tap reads at a fixed distance; lanes are the vectors of that row to compute; a layout cuts the
//!   work into units by shape alone. Where it costs less, four rows of results are computed at once by
//!   Winograd's minimal filtering;
//! - `run`: tasks that fill thread-local scratch buffers, unit by unit, and call micro-kernels over them;
//! - `api`: the entry points, which check their arguments; all `unsafe` code relies on these checks. Beside
//!   it, `peak` measures what the kernels can be compared with.
//!
//! Of this crate, `memory` has `unsafe` code too. The tests here put every operand at the edge of a page that
//! must not be touched, and run under Miri with portable vectors: `cargo xtask test --all`.

mod api;
mod micro;
mod peak;
mod plan;
mod run;
mod simd;
#[cfg(test)]
mod tests;

pub(crate) use api::Primitives;
pub(crate) use micro::{Segment, SegmentMut};
pub(crate) use peak::peak;
#[cfg(test)]
pub(crate) use plan::PlaneResidency;
pub(crate) use plan::{Activation, ConvShape, Tiling};
pub(crate) use run::{Matrix, Product};
pub(crate) use simd::prefetch::prefetch;
pub(crate) use simd::{Isa, wide};

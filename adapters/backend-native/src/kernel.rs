//! Direct convolution on the CPU: forward, input gradient, weight gradient, and a small matrix product.
//!
//! One design for every rank and shape: `plan` lays padded samples out as one long row in which every tap reads at a
//! fixed distance; `lanes` chooses the vectors of that row to compute; `layout` cuts the work into units by shape
//! alone; each unit `fill`s a thread-local scratch buffer and runs the inner loops of `tile` and `sum` over it,
//! which `dispatch` holds compiled for every instruction set. Where that is less work, `row_tiles` computes four rows of
//! results at once.
//!
//! This is the only place of the crate with `unsafe` code. Its tests put every operand at the edge of a page that must not
//! be touched, and run under Miri at the portable level: `cargo xtask test --all`.

mod api;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blocks;
mod copies;
mod correlate;
mod dispatch;
mod fill;
mod filter;
mod hints;
mod lanes;
mod layout;
mod level;
mod matmul;
mod parallel;
mod peak;
mod plan;
mod planes;
mod portable;
mod prepared;
mod results;
mod row_tiles;
mod rows;
mod scratch;
mod segment;
mod shape;
mod sum;
#[cfg(test)]
mod tests;
mod tile;
mod vector;
mod weight_units;
mod weights;
mod wide;

pub(crate) use api::{forward, input_gradient, matmul, weight_gradient};
pub(crate) use hints::will_load;
pub(crate) use level::Level;
pub(crate) use peak::peak;
pub(crate) use segment::{Segment, SegmentMut};
pub(crate) use shape::{Activation, ConvShape};
pub(crate) use wide::wide;

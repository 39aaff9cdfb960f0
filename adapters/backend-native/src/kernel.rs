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
mod micro;
mod peak;
mod plan;
mod run;
mod simd;
#[cfg(test)]
mod tests;

pub(crate) use api::{forward, input_gradient, matmul, weight_gradient};
pub(crate) use micro::segment::{Segment, SegmentMut};
pub(crate) use peak::peak;
pub(crate) use plan::shape::{Activation, ConvShape};
pub(crate) use simd::isa::Level;
pub(crate) use simd::prefetch::will_load;
pub(crate) use simd::wide::wide;

//! Running a plan: tasks fill thread-local scratch buffers and call micro-kernels over them.

mod correlate;
mod fill;
mod filter_transform;
mod matmul;
mod parallel;
mod planes;
mod scratch;
mod weight_units;
mod weights;

pub(crate) use correlate::{Operands, correlate};
pub(crate) use matmul::{Matrix, Product, product};
pub(crate) use weights::{GradientOperands, weight_gradient};

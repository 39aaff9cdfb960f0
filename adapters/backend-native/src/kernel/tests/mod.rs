//! Every entry point at every available level against a plain f64 computation.

mod cases;
mod convolution;
mod matmul;
mod reference;
mod threads;

//! Every entry point with every available instruction set against a plain f64 computation.

mod cases;
mod convolution;
mod guarded;
mod matmul;
mod reference;
#[cfg(not(miri))] // work for more than one thread takes Miri minutes
mod threads;
#[cfg(not(miri))] // shapes that are large enough take Miri minutes
mod winograd;

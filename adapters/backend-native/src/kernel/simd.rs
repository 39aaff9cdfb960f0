//! Vectors of `f32` numbers, one type for each instruction set; which of them this machine has; prefetching.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod isa;
mod portable;
pub(crate) mod prefetch;
mod vector;
mod wide;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::F32x8;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::F32x16;
pub(crate) use isa::Isa;
pub(crate) use portable::Array8;
pub(crate) use vector::Vector;
pub(crate) use wide::wide;

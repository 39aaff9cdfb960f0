#![forbid(unsafe_code)]
//! Datasets for SMASH: what stands under `dataset` in a job.
//!
//! | type | what | where from |
//! |---|---|---|
//! | `digits` | 1,797 handwritten digits, 1×8×8, 10 classes | embedded |
//! | `cifar10` | photographs, 3×32×32, 10 classes | a folder in the original binary format, or its .tar.gz |
//! | `cifar100` | photographs, 3×32×32, 100 or 20 classes | a folder in the original binary format, or its .tar.gz |
//! | `modelnet10` | furniture as voxels, 1×32×32×32, 10 classes | a folder of .npy or .npz files |
//!
//! Nothing here downloads, and nothing reads an environment variable: a folder is named in the job.

mod check;
mod cifar;
mod cifar10;
mod cifar100;
#[cfg(test)]
mod damage;
mod digits;
mod examples;
mod modelnet10;
mod npy;

pub use cifar10::Cifar10Config;
pub use cifar100::{Cifar100Config, Cifar100Labels};
pub use digits::{Digits, DigitsConfig};
pub use examples::Examples;
pub use modelnet10::{ModelNet10, ModelNet10Config, VoxelValues};

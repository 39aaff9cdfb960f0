#![forbid(unsafe_code)]
//! Datasets for SMASH: what stands under `dataset` in a job.
//!
//! | type | what | where from |
//! |---|---|---|
//! | `digits` | 1,797 handwritten digits, 1×8×8, 10 classes | embedded |
//! | `cifar10` | photographs, 3×32×32, 10 classes | a folder in the original binary format |
//! | `modelnet10` | furniture as voxels, 1×32×32×32, 10 classes | a folder of .npy or .npz files |
//!
//! Nothing here downloads, and nothing reads an environment variable: a folder is named in the job.

mod cifar10;
mod digits;
mod modelnet10;
mod npy;

pub use cifar10::{Cifar10, Cifar10Config};
pub use digits::{Digits, DigitsConfig};
pub use modelnet10::{ModelNet10, ModelNet10Config, VoxelValues};

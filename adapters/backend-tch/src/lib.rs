//! An engine over libtorch, on the CPU and on CUDA.
//!
//! A plan is a checked graph. A run interprets it op by op with libtorch tensors; a training run is recorded
//! by autograd, and `backward` backpropagates through the record. Optimiser steps are implemented here, with
//! the formulas that [`Backend`](smash_core::backend::Backend) states. No random numbers are drawn here: the
//! caller writes all initial values.
//!
//! | file | what |
//! |---|---|
//! | `config`, `register` | the configuration in a job |
//! | `libtorch`, `cuda` | the library itself: its version and folder, its CUDA library |
//! | `precision`, `memory` | settings of the process: precision on CUDA, the use of `malloc` |
//! | `host_tensor`, `error`, `device` | conversion of tensors, errors and device names |
//! | `engine`, `forward`, `backward`, `convolution`, `norm` | running graphs |
//! | `store`, `optimizer`, `snapshot` | parameters |
//!
//! On CUDA, convolutions are as exact as on the CPU unless a job says `"tf32": true`; PyTorch's default
//! rounds their factors to ten bits of mantissa. The tests run on the device that `SMASH_TCH_DEVICE` names.
//!
//! Only the `f_…` functions of `tch` are called: they return errors where the others panic.
//!
//! The crate is a dynamic library of its own, so that SMASH loads where libtorch is absent. A Rust program
//! links it and names it once (`use smash_backend_tch as _;`), which registers the engine. A host that opens
//! it at run time finds the symbol of `export`: `smash plugin manifest libsmash_backend_tch.so --requires
//! libtorch=2.11.0`, then `--plugin smash-backend-tch.smash.json`.

mod backend;
mod backward;
mod config;
mod convolution;
mod cuda;
mod device;
mod engine;
mod error;
mod export;
mod forward;
mod host_tensor;
mod libtorch;
mod memory;
mod norm;
mod optimizer;
mod precision;
mod register;
mod snapshot;
mod store;

pub use backend::TchBackend;
pub use config::TchConfig;

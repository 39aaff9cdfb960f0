//! An engine of SMASH over libtorch: the CPU, and CUDA.
//!
//! A plan is a checked graph. A run interprets it op by op with tensors of libtorch; a training run lets autograd record
//! it, and `backward` plays that back. Optimiser steps are written here, with the formulas that
//! [`Backend`](smash_core::backend::Backend) states. Nothing is drawn here: the caller writes all initial values.
//!
//! | file | what |
//! |---|---|
//! | `config`, `register` | the entry of a job |
//! | `libtorch`, `cuda`, `precision`, `memory` | the library itself: its version and folder, its CUDA half and how exact that is, its use of `malloc` |
//! | `engine`, `forward`, `backward`, `convolution`, `norm` | running graphs |
//! | `store`, `optimizer`, `snapshot` | parameters |
//!
//! On CUDA, convolutions are as exact as on the CPU unless a job says `"tf32": true`; PyTorch's default cuts their factors to
//! ten bits of mantissa. The tests run on the device that `SMASH_TCH_DEVICE` names.
//!
//! Only the `f_…` functions of `tch` are called: they return errors where the others panic.
//!
//! The crate is a dynamic library of its own, so that SMASH loads where libtorch is absent. A Rust program links it and
//! names it once (`use smash_backend_tch as _;`), which registers the engine. A host that opens it at run time finds the
//! symbol of `extension`: `smash plugin manifest libsmash_backend_tch.so --requires libtorch=2.11.0`, then
//! `--plugin smash-backend-tch.smash.json`.

mod backend;
mod backward;
mod config;
mod convolution;
mod cuda;
mod device;
mod engine;
mod error;
mod extension;
mod forward;
mod host;
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

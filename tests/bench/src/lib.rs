//! Benchmarks of the engines. A [`Workload`] is a task for one engine: a convolution, a training step of the
//! HyperNet, a scoring pass, a training step of a found network. [`measure`](measure::measure) runs it on all
//! engines in turn, each in a process of its own.

pub mod crossing;
pub mod engine;
pub mod measure;
pub mod report;
pub mod worker;
pub mod workload;

pub use crossing::Crossing;
pub use engine::Engine;
pub use workload::Workload;

/// Default number of threads of an engine.
pub const THREADS: usize = 2;

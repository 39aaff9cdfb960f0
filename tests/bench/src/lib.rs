//! How fast the engines are. A [`Workload`] is what one engine does for one job: a convolution, a training
//! step of the HyperNet, a scoring pass, a training step of a found network. [`measure`](measure::measure)
//! has all engines do it by turns, each in a process of its own.

pub mod engine;
pub mod measure;
pub mod report;
pub mod worker;
pub mod workload;

pub use engine::Engine;
pub use workload::Workload;

/// Threads of an engine, unless somebody asks for others.
pub const THREADS: usize = 2;

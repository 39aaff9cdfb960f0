//! How fast the engines are. A [`Workload`] is what one engine does for one job: a convolution, a training step of the
//! HyperNet, a scoring pass, a training step of a found network. [`measure`](measure::measure) runs it on all engines by
//! turns, in one process.

pub mod engine;
pub mod measure;
pub mod report;
pub mod workload;

pub use engine::Engine;
pub use workload::Workload;

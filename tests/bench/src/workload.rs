//! The workloads that are timed.

mod convolution;
mod network;
mod settings;

pub use convolution::{Convolution, convolutions};
pub use network::{Kind, Networks};
pub use settings::Settings;

use smash_core::Result;
use smash_core::backend::Backend;

/// A task for an engine, in items that are timed one by one and summed.
pub trait Workload {
    /// Name of the workload.
    fn name(&self) -> String;

    /// Number of items.
    fn items(&self) -> usize;

    /// Floating-point operations of all items; a multiply-add counts as two.
    fn flops(&self) -> f64;

    /// Runs one item. Parameters that the engine does not hold yet are written first, during the warm-up.
    ///
    /// # Errors
    /// When the engine fails.
    fn run(&self, item: usize, backend: &mut dyn Backend) -> Result<()>;
}

/// All workloads: kernels, then the steps of a search with both settings.
///
/// # Errors
/// When the committed data files are damaged.
pub fn all() -> Result<Vec<Box<dyn Workload>>> {
    let mut all: Vec<Box<dyn Workload>> = Vec::new();
    for convolution in convolutions()? {
        all.push(Box::new(convolution));
    }
    for settings in [Settings::Tiny, Settings::Default] {
        // The training step is the main comparison: all architectures. A few for the others.
        for (kind, count) in [(Kind::SmashStep, 16), (Kind::ScoringPass, 2), (Kind::RetrainStep, 4)] {
            all.push(Box::new(Networks::new(settings, kind, count)?));
        }
    }
    Ok(all)
}

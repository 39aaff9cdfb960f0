//! What is timed.

mod convolution;
mod network;
mod settings;

pub use convolution::{Convolution, convolutions};
pub use network::{Kind, Networks};
pub use settings::Settings;

use smash_core::Result;
use smash_core::backend::Backend;

/// Something that an engine does, in parts that are timed one by one and added.
pub trait Workload {
    /// Its name.
    fn name(&self) -> String;

    /// How many parts it has.
    fn parts(&self) -> usize;

    /// Floating-point operations of all parts; a multiply-add is two.
    fn flops(&self) -> f64;

    /// Does one part. Parameters that the engine does not hold yet are written first, which the warm-up pays
    /// for.
    ///
    /// # Errors
    /// When the engine fails.
    fn run(&self, part: usize, backend: &mut dyn Backend) -> Result<()>;
}

/// Everything that is timed: kernels, then the steps of a search at both settings.
///
/// # Errors
/// When the committed files are damaged.
pub fn all() -> Result<Vec<Box<dyn Workload>>> {
    let mut all: Vec<Box<dyn Workload>> = Vec::new();
    for convolution in convolutions()? {
        all.push(Box::new(convolution));
    }
    for settings in [Settings::Tiny, Settings::Default] {
        // The training step is what the comparison is about: all architectures. The others, a few.
        for (kind, count) in [(Kind::SmashStep, 16), (Kind::ScoringPass, 2), (Kind::RetrainStep, 4)] {
            all.push(Box::new(Networks::new(settings, kind, count)?));
        }
    }
    Ok(all)
}

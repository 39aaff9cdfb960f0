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

    /// Does one part. Parameters that the engine does not hold yet are written first, which the warm-up pays for.
    ///
    /// # Errors
    /// When the engine fails.
    fn run(&self, part: usize, backend: &mut dyn Backend) -> Result<()>;
}

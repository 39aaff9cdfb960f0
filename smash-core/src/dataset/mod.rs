//! Datasets, splits, augmentation and batches.

mod augmentation;
mod batch;
mod splits;

pub use augmentation::Augmentation;
pub use batch::{Batch, Data, Order};
pub use splits::{Part, Splits};

use crate::random::Seed;
use crate::task::Task;

/// Labelled examples of one [`Task`]. A dataset never downloads and never shuffles: it is an indexed list.
pub trait Dataset: Send + Sync {
    /// The shape of the problem.
    fn task(&self) -> &Task;

    /// Number of examples, of all splits together.
    fn len(&self) -> usize;

    /// True for a dataset without examples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Class of an example, below `task().classes`.
    fn label(&self, index: usize) -> usize;

    /// Writes the normalised values of an example, `[channels, extents…]` row-major.
    fn read(&self, index: usize, out: &mut [f32]);

    /// Which examples are for what. `seed` is the job's seed split for this purpose.
    fn splits(&self, seed: Seed) -> Splits;

    /// What may be done to a training example.
    fn augmentation(&self) -> Augmentation {
        Augmentation::default()
    }
}

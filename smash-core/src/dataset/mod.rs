//! Datasets, splits, augmentation and batches.

mod augmentation;
mod batch;
mod splits;

pub use augmentation::Augmentation;
pub use batch::{Batch, Data, Order};
pub use splits::{Part, Splits};

use std::sync::Arc;

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

    /// Writes the normalised values of an example, `[channels, extents…]` row-major. Of an example with several views it
    /// writes one, always the same.
    fn read(&self, index: usize, out: &mut [f32]);

    /// How many views each example has: pictures of one thing, such as the poses of an object. Training draws one each
    /// time, the test averages over all, everything else looks at the one of [`read`](Self::read).
    fn views(&self) -> usize {
        1
    }

    /// Writes a view of an example, below `views()`, as [`read`](Self::read) does.
    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) {
        let _ = view;
        self.read(index, out);
    }

    /// Which examples are for what. `seed` is the job's seed split for this purpose.
    fn splits(&self, seed: Seed) -> Splits;

    /// What may be done to a training example.
    fn augmentation(&self) -> Augmentation {
        Augmentation::default()
    }
}

/// One dataset for several sessions.
impl<D: Dataset + ?Sized> Dataset for Arc<D> {
    fn task(&self) -> &Task {
        (**self).task()
    }

    fn len(&self) -> usize {
        (**self).len()
    }

    fn label(&self, index: usize) -> usize {
        (**self).label(index)
    }

    fn read(&self, index: usize, out: &mut [f32]) {
        (**self).read(index, out);
    }

    fn views(&self) -> usize {
        (**self).views()
    }

    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) {
        (**self).read_view(index, view, out);
    }

    fn splits(&self, seed: Seed) -> Splits {
        (**self).splits(seed)
    }

    fn augmentation(&self) -> Augmentation {
        (**self).augmentation()
    }
}

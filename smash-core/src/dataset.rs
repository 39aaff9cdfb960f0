//! Datasets, splits, normalisation, augmentation and batches.

mod ahead;
mod augmentation;
mod batch;
mod normalise;
mod order;
mod split_rule;
mod splits;
mod steps;

pub use augmentation::Augmentation;
pub use batch::{Batch, Batches, Data};
pub use normalise::Normalise;
pub use order::Order;
pub use split_rule::SplitRule;
pub use splits::{Split, Splits};
pub use steps::Steps;

use std::sync::Arc;

use crate::error::Result;
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

    /// Writes the values of an example, `[channels, extents…]` row-major, normalised but for what
    /// [`normalise`](Self::normalise) says. Of an example with several views it writes one, always the same.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) when it cannot be read; datasets that are held in memory never fail.
    fn read(&self, index: usize, out: &mut [f32]) -> Result<()>;

    /// How many views each example has: pictures of one thing, such as the poses of an object. Training draws one each
    /// time, the test averages over all, everything else looks at the one of [`read`](Self::read).
    fn views(&self) -> usize {
        1
    }

    /// Writes a view of an example, below `views()`, as [`read`](Self::read) does.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        let _ = view;
        self.read(index, out)
    }

    /// Writes several examples one after the other, each in the view that is given for it, or else as
    /// [`read`](Self::read) does. Overridden only where one call for all of them costs less than one for each.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_batch(&self, indices: &[usize], views: Option<&[usize]>, out: &mut [f32]) -> Result<()> {
        let examples = out.chunks_exact_mut(self.task().example_len().max(1));
        for (i, (&index, out)) in indices.iter().zip(examples).enumerate() {
            match views.and_then(|views| views.get(i)) {
                Some(&view) => self.read_view(index, view, out)?,
                None => self.read(index, out)?,
            }
        }
        Ok(())
    }

    /// Which examples are for what. `seed` is the job's seed split for this purpose.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn splits(&self, seed: Seed) -> Result<Splits>;

    /// What may be done to a training example.
    fn augmentation(&self) -> Augmentation {
        Augmentation::default()
    }

    /// How the values of [`read`](Self::read) are still to be normalised, which [`Data`] does; `None`: they are normalised.
    fn normalise(&self) -> Option<Normalise> {
        None
    }

    /// Whether examples may be read before they are needed, on a thread that belongs to [`Data`]. Otherwise they are read
    /// where they are needed, by whoever needs them.
    fn reads_ahead(&self) -> bool {
        true
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

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        (**self).read(index, out)
    }

    fn views(&self) -> usize {
        (**self).views()
    }

    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        (**self).read_view(index, view, out)
    }

    fn read_batch(&self, indices: &[usize], views: Option<&[usize]>, out: &mut [f32]) -> Result<()> {
        (**self).read_batch(indices, views, out)
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        (**self).splits(seed)
    }

    fn augmentation(&self) -> Augmentation {
        (**self).augmentation()
    }

    fn normalise(&self) -> Option<Normalise> {
        (**self).normalise()
    }

    fn reads_ahead(&self) -> bool {
        (**self).reads_ahead()
    }
}

#[cfg(test)]
mod tests;

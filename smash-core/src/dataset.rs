//! Datasets, train/validation/test splits, normalisation, augmentation and data loading.

mod augmentation;
mod batch;
mod decoding;
mod moments;
mod normalise;
mod notes;
mod order;
mod prefetch;
mod split_rule;
mod splits;
mod steps;

pub use augmentation::Augmentation;
pub use batch::{Batch, Batches, Data};
pub use decoding::{Decoding, Resize};
pub use moments::Moments;
pub use normalise::Normalise;
pub use order::Order;
pub use split_rule::SplitRule;
pub use splits::{Split, Splits};
pub use steps::Steps;

use std::sync::Arc;

use crate::error::Result;
use crate::random::Seed;
use crate::task::Task;

/// Labelled examples of one [`Task`]: an indexed list. A dataset never downloads, shuffles or augments.
pub trait Dataset: Send + Sync {
    /// The shape of the problem.
    fn task(&self) -> &Task;

    /// Number of examples, over all splits.
    fn len(&self) -> usize;

    /// True for a dataset without examples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Class of an example, below `task().classes`.
    fn label(&self, index: usize) -> usize;

    /// Reads an example: its values, `[channels, extents…]` row-major, normalised except as
    /// [`normalise`](Self::normalise) says. Of several views it reads one, always the same.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) when it cannot be read; datasets that are held in memory never
    /// fail.
    fn read(&self, index: usize, out: &mut [f32]) -> Result<()>;

    /// Number of views of each example: pictures of one object, such as its poses. Training draws one each
    /// time, the test averages the predictions over all, and everything else uses the view of
    /// [`read`](Self::read).
    fn views(&self) -> usize {
        1
    }

    /// Reads one view of an example, below `views()`, as [`read`](Self::read) does.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        let _ = view;
        self.read(index, out)
    }

    /// Reads a batch: several examples one after the other, each in its view of `views`, or else as
    /// [`read`](Self::read) does. Override it only where one call for all costs less than one for each.
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

    /// The train/validation/test split. `seed` is the job's seed, split for this purpose.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn splits(&self, seed: Seed) -> Result<Splits>;

    /// The name of each class, in the order of the labels; `None` where classes have no names.
    fn class_names(&self) -> Option<&[String]> {
        None
    }

    /// What the loader passed over or took in another way than it may seem, one sentence each: hosts show
    /// these before anything is trained.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// The values that [`read`](Self::read) gives for the stored black and white of each channel, for
    /// pictures of examples; `None` when they are not known.
    fn shown_range(&self) -> Option<Vec<[f32; 2]>> {
        None
    }

    /// How files become examples. By default pictures do where an example is one, of one or three channels
    /// whose black and white are [known](Self::shown_range), and nothing else.
    fn decoding(&self) -> Decoding {
        let task = self.task();
        match self.shown_range() {
            Some(range)
                if task.extents.len() == 2
                    && [1, 3].contains(&task.channels)
                    && range.len() == task.channels
                    && range.iter().all(|[black, white]| (white - black).is_finite() && white != black) =>
            {
                Decoding::Image { range, resize: Resize::default() }
            }
            _ => Decoding::Values,
        }
    }

    /// The augmentation of training examples.
    fn augmentation(&self) -> Augmentation {
        Augmentation::default()
    }

    /// The normalisation that [`Data`] is to apply to the values of [`read`](Self::read); `None` when they
    /// are normalised already.
    fn normalise(&self) -> Option<Normalise> {
        None
    }

    /// Whether examples may be prefetched on a data-loading thread that belongs to [`Data`]. Otherwise they
    /// are read when a batch is needed, on the thread that needs it.
    fn allows_prefetch(&self) -> bool {
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

    fn class_names(&self) -> Option<&[String]> {
        (**self).class_names()
    }

    fn notes(&self) -> &[String] {
        (**self).notes()
    }

    fn shown_range(&self) -> Option<Vec<[f32; 2]>> {
        (**self).shown_range()
    }

    fn decoding(&self) -> Decoding {
        (**self).decoding()
    }

    fn augmentation(&self) -> Augmentation {
        (**self).augmentation()
    }

    fn normalise(&self) -> Option<Normalise> {
        (**self).normalise()
    }

    fn allows_prefetch(&self) -> bool {
        (**self).allows_prefetch()
    }
}

#[cfg(test)]
mod tests;

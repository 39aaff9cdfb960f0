//! Batches and data loading.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::notes::notes;
use super::prefetch::Prefetch;
use super::{Augmentation, Dataset, Normalise, SplitRule, Splits};
use crate::error::{Error, Result};
use crate::random::Seed;
use crate::task::Task;
use crate::tensor::Tensor;

/// A batch of examples with their labels.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Values, `[batch, channels, extents…]`.
    pub x: Tensor,
    /// Class indices, `[batch]`.
    pub labels: Tensor,
}

/// A dataset with its splits and normalisation, from which batches are loaded. A clone is another handle of
/// the same.
#[derive(Clone)]
pub struct Data {
    dataset: Arc<dyn Dataset>,
    splits: Arc<Splits>,
    notes: Arc<[String]>,
    /// Statistics for each channel.
    normalise: Option<Arc<Normalise>>,
    /// Nanoseconds that the engine spent waiting for data loading.
    waited: Arc<AtomicU64>,
}

impl Data {
    /// Splits a dataset by the dataset's own rule and the job's seed.
    ///
    /// # Errors
    /// As [`split`](Self::split).
    pub fn new(dataset: Box<dyn Dataset>, seed: Seed) -> Result<Self> {
        Self::split(dataset, &SplitRule::Dataset, seed)
    }

    /// Splits a dataset by a rule and the job's seed, and computes the statistics for normalisation from its
    /// training split.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a rule that does not fit the dataset; when the train or validation split is
    /// empty, there are more or fewer names than classes, or the dataset fails.
    pub fn split(dataset: Box<dyn Dataset>, rule: &SplitRule, seed: Seed) -> Result<Self> {
        if u32::try_from(dataset.len()).is_err() {
            let (most, found) = (u32::MAX, dataset.len());
            return Err(Error::Data(format!("expected at most {most} examples, found {found}")));
        }
        let (classes, names) = (dataset.task().classes, dataset.class_names());
        if let Some(names) = names.filter(|names| names.len() != classes) {
            let found = names.len();
            return Err(Error::Data(format!("expected {classes} class names, one a class, found {found}")));
        }
        let splits = rule.splits(&*dataset, seed.split("splits"))?;
        if splits.train.is_empty() || splits.valid.is_empty() {
            return Err(Error::Data(format!(
                "search needs training and validation examples, found {} and {} of {}: change the share of examples \
                 that validates, or add examples",
                splits.train.len(),
                splits.valid.len(),
                dataset.len()
            )));
        }
        let notes = notes(&*dataset, &splits).into();
        let normalise =
            dataset.normalise().map(|n| n.with_statistics(&*dataset, &splits.train)).transpose()?;
        Ok(Self {
            dataset: dataset.into(),
            splits: splits.into(),
            notes,
            normalise: normalise.map(Arc::new),
            waited: Arc::default(),
        })
    }

    /// Replaces the statistics for normalisation by those of the examples that a network was trained with.
    /// Statistics that the dataset's configuration gives are kept.
    #[must_use]
    pub fn normalised_as(mut self, normalise: &Normalise) -> Self {
        if self.dataset.normalise().is_some_and(|own| own.mean.is_empty()) {
            self.normalise = Some(Arc::new(normalise.clone()));
        }
        self
    }

    /// The shape of the problem.
    pub fn task(&self) -> &Task {
        self.dataset.task()
    }

    /// The train/validation/test split.
    pub fn splits(&self) -> &Splits {
        &self.splits
    }

    /// What a user should know before anything is trained: what the loader passed over, and classes that a
    /// split lacks.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The dataset, without normalisation and augmentation.
    pub fn dataset(&self) -> &dyn Dataset {
        &*self.dataset
    }

    /// The normalisation of batches, with statistics for each channel; `None` when the dataset normalises its
    /// values.
    pub fn normalise(&self) -> Option<&Normalise> {
        self.normalise.as_deref()
    }

    /// True for two handles of the same data.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.waited, &other.waited)
    }

    /// Loads the examples at `indices` as a batch. With a seed it is a training batch: a drawn view of each
    /// example, augmented. What is drawn for an example depends on that seed and its own index only.
    ///
    /// # Errors
    /// When the dataset cannot read one of them.
    pub fn batch(&self, indices: &[usize], augment: Option<Seed>) -> Result<Batch> {
        let Some(seed) = augment else { return self.collect(indices, None) };
        let dataset = self.dataset();
        let seeds: Vec<Seed> = indices.iter().map(|&index| seed.at(index as u64)).collect();
        let views = dataset.views();
        let drawn = |seed: &Seed| seed.split("view").random().below(views);
        let drawn: Option<Vec<usize>> = (views > 1).then(|| seeds.iter().map(drawn).collect());
        let mut batch = self.collect(indices, drawn.as_deref())?;
        let (task, augmentation) = (dataset.task(), dataset.augmentation());
        if augmentation != Augmentation::default() {
            let mut plain = vec![0.0; task.example_len()];
            for (example, seed) in batch.x.data_mut().chunks_exact_mut(task.example_len()).zip(seeds) {
                plain.copy_from_slice(example);
                augmentation.apply(task, seed, &plain, example);
            }
        }
        Ok(batch)
    }

    /// Loads one [view](Dataset::views) of the examples at `indices` as a batch, without augmentation.
    ///
    /// # Errors
    /// When the dataset cannot read one of them.
    pub fn view(&self, indices: &[usize], view: usize) -> Result<Batch> {
        self.collect(indices, Some(&vec![view; indices.len()]))
    }

    fn collect(&self, indices: &[usize], views: Option<&[usize]>) -> Result<Batch> {
        let (dataset, task) = (self.dataset(), self.task());
        let mut shape = vec![indices.len()];
        shape.extend(task.dims());
        let mut x = Tensor::zeros(&shape);
        dataset.read_batch(indices, views, x.data_mut())?;
        if let Some(normalise) = self.normalise() {
            normalise.apply(task.extents.iter().product(), x.data_mut());
        }
        let labels = indices.iter().map(|&index| dataset.label(index) as f32).collect();
        // There are as many labels as indices, so the shape always fits.
        let labels = Tensor::new(vec![indices.len()], labels).unwrap_or_default();
        Ok(Batch { x, labels })
    }

    /// Prefetches batches: `make` loads one for each number, in order, up to three ahead on a thread of its
    /// own. A batch that cannot be loaded is an error at its turn. A dataset that forbids
    /// [prefetching](Dataset::allows_prefetch), and a single batch, are loaded on the calling thread.
    pub fn prefetch(
        &self,
        numbers: Range<u64>,
        mut make: impl FnMut(&Self, u64) -> Result<Batch> + Send + 'static,
    ) -> Batches {
        let (data, count) = (self.clone(), numbers.end.saturating_sub(numbers.start));
        let batches = numbers.map(move |number| make(&data, number));
        let prefetch = count > 1 && self.dataset().allows_prefetch();
        let batches = if prefetch { Prefetch::background(batches) } else { Prefetch::inline(batches) };
        Batches { data: self.clone(), batches }
    }

    /// Runs data loading that the engine waits for, and adds its time to [`waited`](Self::waited).
    pub(crate) fn wait<T>(&self, read: impl FnOnce() -> T) -> T {
        let clock = Instant::now();
        let read = read();
        let spent = u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.waited.fetch_add(spent, Ordering::Relaxed);
        read
    }

    /// Time that the engine has spent waiting for data loading.
    pub fn loading_time(&self) -> Duration {
        Duration::from_nanos(self.waited.load(Ordering::Relaxed))
    }
}

/// Batches in order, prefetched; see [`Data::ahead`].
pub struct Batches {
    data: Data,
    batches: Prefetch<Result<Batch>>,
}

impl Iterator for Batches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.batches.check() {
            return Some(Err(error));
        }
        self.data.wait(|| self.batches.next())
    }
}

//! Datasets, splits, augmentation and batches.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::random::{Random, Seed};
use crate::task::Task;
use crate::tensor::Tensor;

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

/// Which part of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Trains the HyperNet and candidates.
    Train,
    /// Ranks architectures.
    Valid,
    /// Touched once, at the end.
    Test,
}

/// Indices of the parts; disjoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splits {
    /// Training examples.
    pub train: Vec<usize>,
    /// Validation examples.
    pub valid: Vec<usize>,
    /// Test examples.
    pub test: Vec<usize>,
}

impl Splits {
    /// The split of the paper: the last `fraction` of the training examples validates; `test` is given.
    pub fn last(train: Range<usize>, fraction: f64, test: Range<usize>) -> Self {
        let valid = (train.len() as f64 * fraction).round() as usize;
        let border = train.end - valid;
        Self {
            train: (train.start..border).collect(),
            valid: (border..train.end).collect(),
            test: test.collect(),
        }
    }

    /// Each class of `pool` shared out by the two fractions (the rest trains), drawn from the seed.
    pub fn stratified(
        pool: Range<usize>,
        label: impl Fn(usize) -> usize,
        valid: f64,
        test: f64,
        seed: Seed,
    ) -> Self {
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for index in pool {
            let class = label(index);
            if classes.len() <= class {
                classes.resize(class + 1, Vec::new());
            }
            classes[class].push(index);
        }
        let mut random = seed.random();
        let mut splits = Self::default();
        for members in &mut classes {
            random.shuffle(members);
            let count = |fraction: f64| (members.len() as f64 * fraction).round() as usize;
            let (valid, test) = (count(valid), count(test));
            splits.valid.extend(members.drain(..valid));
            splits.test.extend(members.drain(..test));
            splits.train.append(members);
        }
        [&mut splits.train, &mut splits.valid, &mut splits.test]
            .into_iter()
            .for_each(|part| part.sort_unstable());
        splits
    }

    /// The indices of a part.
    pub fn part(&self, part: Part) -> &[usize] {
        match part {
            Part::Train => &self.train,
            Part::Valid => &self.valid,
            Part::Test => &self.test,
        }
    }
}

/// Random changes that keep the class of a training example. Plain data: it stands in the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Zeros padded on each side before a random crop of the original size: shifts by up to this many positions.
    #[schemars(range(max = 16))]
    pub crop_padding: usize,
    /// Mirror the last axis with probability one half.
    pub flip: bool,
}

impl Augmentation {
    /// Writes a changed copy of an example.
    pub fn apply(&self, task: &Task, random: &mut Random, source: &[f32], out: &mut [f32]) {
        let shifts: Vec<isize> = task
            .extents
            .iter()
            .map(|_| random.below(2 * self.crop_padding + 1) as isize - self.crop_padding as isize)
            .collect();
        let flip = self.flip && random.coin(0.5);
        let width = task.extents.last().copied().unwrap_or(1);
        let shift = shifts.last().copied().unwrap_or(0);
        for (row, line) in out.chunks_exact_mut(width).enumerate() {
            let Some(start) = source_row(&task.extents, &shifts, row) else {
                line.fill(0.0);
                continue;
            };
            for (x, value) in line.iter_mut().enumerate() {
                let x = if flip { width - 1 - x } else { x } as isize + shift;
                *value =
                    if (0..width as isize).contains(&x) { source[start * width + x as usize] } else { 0.0 };
            }
        }
    }
}

/// The row of the source that `row` of a shifted copy comes from; `None` in the padding. Rows count all axes but the
/// last.
fn source_row(extents: &[usize], shifts: &[isize], row: usize) -> Option<usize> {
    let (mut rest, mut source, mut step) = (row, 0, 1);
    for axis in (0..extents.len().saturating_sub(1)).rev() {
        let at = (rest % extents[axis]) as isize + shifts[axis];
        if !(0..extents[axis] as isize).contains(&at) {
            return None;
        }
        source += at as usize * step;
        step *= extents[axis];
        rest /= extents[axis];
    }
    Some(source + rest * step)
}

/// Examples as the engines take them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[batch, channels, extents…]`.
    pub x: Tensor,
    /// `[batch]` class indices.
    pub labels: Tensor,
}

/// A dataset with its splits: what a session trains and scores on.
pub struct Data {
    dataset: Box<dyn Dataset>,
    splits: Splits,
}

impl Data {
    /// Splits a dataset by the job's seed.
    ///
    /// # Errors
    /// When a part that training needs is empty.
    pub fn new(dataset: Box<dyn Dataset>, seed: Seed) -> Result<Self> {
        let splits = dataset.splits(seed.split("splits"));
        if splits.train.is_empty() || splits.valid.is_empty() {
            return Err(Error::Data(format!(
                "search needs training and validation examples, found {} and {} of {}",
                splits.train.len(),
                splits.valid.len(),
                dataset.len()
            )));
        }
        Ok(Self { dataset, splits })
    }

    /// The shape of the problem.
    pub fn task(&self) -> &Task {
        self.dataset.task()
    }

    /// The splits.
    pub fn splits(&self) -> &Splits {
        &self.splits
    }

    /// The examples themselves.
    pub fn dataset(&self) -> &dyn Dataset {
        &*self.dataset
    }

    /// The examples at `indices`, augmented when there is a seed for it. Each example's changes depend on that seed
    /// and its own index only.
    pub fn batch(&self, indices: &[usize], augment: Option<Seed>) -> Batch {
        let task = self.dataset.task();
        let length = task.example_len();
        let mut shape = vec![indices.len()];
        shape.extend(task.dims());
        let (mut x, mut labels) = (Tensor::zeros(&shape), Tensor::zeros(&[indices.len()]));
        let mut plain = vec![0.0; length];
        let augmentation = self.dataset.augmentation();
        for (i, &index) in indices.iter().enumerate() {
            let out = &mut x.data_mut()[i * length..(i + 1) * length];
            match augment {
                Some(seed) if augmentation != Augmentation::default() => {
                    self.dataset.read(index, &mut plain);
                    augmentation.apply(task, &mut seed.at(index as u64).random(), &plain, out);
                }
                _ => self.dataset.read(index, out),
            }
            labels.data_mut()[i] = self.dataset.label(index) as f32;
        }
        Batch { x, labels }
    }
}

/// The order in which training visits its examples: a fresh permutation each epoch, whole batches only.
#[derive(Clone, Debug)]
pub struct Order {
    indices: Vec<usize>,
    batch: usize,
    seed: Seed,
}

impl Order {
    /// Visits `indices` in batches of at most `batch`.
    pub fn new(indices: Vec<usize>, batch: usize, seed: Seed) -> Self {
        let batch = batch.min(indices.len()).max(1);
        Self { indices, batch, seed }
    }

    /// Batches of one epoch.
    pub fn steps(&self) -> u64 {
        (self.indices.len() / self.batch) as u64
    }

    /// The examples of a step and the seed of their augmentation.
    pub fn at(&self, step: u64) -> (Vec<usize>, Seed) {
        let (epoch, batch) = (step / self.steps(), (step % self.steps()) as usize);
        let mut order = self.indices.clone();
        self.seed.split("order").at(epoch).random().shuffle(&mut order);
        let chosen = order[batch * self.batch..(batch + 1) * self.batch].to_vec();
        (chosen, self.seed.split("augment").at(epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stratified_parts_are_disjoint_and_balanced() {
        let s = Splits::stratified(0..1000, |i| i % 10, 0.1, 0.1, Seed::new(3));
        assert_eq!((s.train.len(), s.valid.len(), s.test.len()), (800, 100, 100));
        let mut all: Vec<usize> = [s.train, s.valid.clone(), s.test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
        assert!((0..10).all(|c| s.valid.iter().filter(|&&i| i % 10 == c).count() == 10));
    }

    #[test]
    fn augmentation_shifts_and_flips_whole_examples() {
        let task = Task { channels: 2, extents: vec![3, 4], classes: 2 };
        let source: Vec<f32> = (1..=24).map(|v| v as f32).collect();
        let mut out = vec![0.0; 24];
        Augmentation::default().apply(&task, &mut Seed::new(0).random(), &source, &mut out);
        assert_eq!(out, source);
        let augmentation = Augmentation { crop_padding: 1, flip: true };
        for i in 0..50 {
            augmentation.apply(&task, &mut Seed::new(i).random(), &source, &mut out);
            // Both channels move together: 12 apart wherever neither is padding.
            assert!((0..12).all(|j| (out[j] == 0.0) == (out[j + 12] == 0.0)));
            assert!((0..12).all(|j| out[j] == 0.0 || out[j + 12] - out[j] == 12.0));
            assert!(out.iter().filter(|v| **v == 0.0).count() <= 2 * (12 - 6));
        }
    }

    #[test]
    fn an_epoch_visits_each_example_once() {
        let order = Order::new((0..10).collect(), 5, Seed::new(1));
        let mut seen: Vec<usize> = [order.at(2).0, order.at(3).0].concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        assert_ne!(order.at(0).0, order.at(2).0);
    }
}

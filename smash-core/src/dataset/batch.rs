//! Examples as the engines take them, and the order in which training visits them.

use super::{Augmentation, Dataset, Splits};
use crate::error::{Error, Result};
use crate::random::Seed;
use crate::task::Task;
use crate::tensor::Tensor;

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

    /// The examples at `indices`. With a seed they are for training: one view of each, drawn, and augmented. What is
    /// drawn for an example depends on that seed and its own index only.
    pub fn batch(&self, indices: &[usize], augment: Option<Seed>) -> Batch {
        let Some(seed) = augment else {
            return self.collect(indices, |index, out| self.dataset.read(index, out));
        };
        let (task, augmentation) = (self.dataset.task(), self.dataset.augmentation());
        let mut plain = vec![0.0; task.example_len()];
        self.collect(indices, |index, out| {
            let seed = seed.at(index as u64);
            if augmentation == Augmentation::default() {
                self.read_drawn(index, seed, out);
            } else {
                self.read_drawn(index, seed, &mut plain);
                augmentation.apply(task, &mut seed.random(), &plain, out);
            }
        })
    }

    /// One [view](Dataset::views) of the examples at `indices`, not augmented.
    pub fn view(&self, indices: &[usize], view: usize) -> Batch {
        self.collect(indices, |index, out| self.dataset.read_view(index, view, out))
    }

    fn read_drawn(&self, index: usize, seed: Seed, out: &mut [f32]) {
        match self.dataset.views() {
            0 | 1 => self.dataset.read(index, out),
            views => self.dataset.read_view(index, seed.split("view").random().below(views), out),
        }
    }

    fn collect(&self, indices: &[usize], mut read: impl FnMut(usize, &mut [f32])) -> Batch {
        let task = self.dataset.task();
        let length = task.example_len();
        let mut shape = vec![indices.len()];
        shape.extend(task.dims());
        let (mut x, mut labels) = (Tensor::zeros(&shape), Tensor::zeros(&[indices.len()]));
        for (i, &index) in indices.iter().enumerate() {
            read(index, &mut x.data_mut()[i * length..(i + 1) * length]);
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
    fn an_epoch_visits_each_example_once() {
        let order = Order::new((0..10).collect(), 5, Seed::new(1));
        let mut seen: Vec<usize> = [order.at(2).0, order.at(3).0].concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        assert_ne!(order.at(0).0, order.at(2).0);
    }
}

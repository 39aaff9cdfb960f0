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
        let splits = dataset.splits(seed.split("splits"))?;
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
    ///
    /// # Errors
    /// When the dataset cannot read one of them.
    pub fn batch(&self, indices: &[usize], augment: Option<Seed>) -> Result<Batch> {
        let Some(seed) = augment else { return self.collect(indices, None) };
        let seeds: Vec<Seed> = indices.iter().map(|&index| seed.at(index as u64)).collect();
        let views = self.dataset.views();
        let drawn = |seed: &Seed| seed.split("view").random().below(views);
        let drawn: Option<Vec<usize>> = (views > 1).then(|| seeds.iter().map(drawn).collect());
        let mut batch = self.collect(indices, drawn.as_deref())?;
        let (task, augmentation) = (self.dataset.task(), self.dataset.augmentation());
        if augmentation != Augmentation::default() {
            let mut plain = vec![0.0; task.example_len()];
            for (example, seed) in batch.x.data_mut().chunks_exact_mut(task.example_len()).zip(seeds) {
                plain.copy_from_slice(example);
                augmentation.apply(task, &mut seed.random(), &plain, example);
            }
        }
        Ok(batch)
    }

    /// One [view](Dataset::views) of the examples at `indices`, not augmented.
    ///
    /// # Errors
    /// When the dataset cannot read one of them.
    pub fn view(&self, indices: &[usize], view: usize) -> Result<Batch> {
        self.collect(indices, Some(&vec![view; indices.len()]))
    }

    fn collect(&self, indices: &[usize], views: Option<&[usize]>) -> Result<Batch> {
        let mut shape = vec![indices.len()];
        shape.extend(self.dataset.task().dims());
        let mut x = Tensor::zeros(&shape);
        self.dataset.read_batch(indices, views, x.data_mut())?;
        let labels = indices.iter().map(|&index| self.dataset.label(index) as f32).collect();
        // As many labels as indices always make a tensor.
        let labels = Tensor::new(vec![indices.len()], labels).unwrap_or_default();
        Ok(Batch { x, labels })
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

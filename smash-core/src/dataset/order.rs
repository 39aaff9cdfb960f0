//! Shuffling: the order in which training visits its examples.

use crate::random::Seed;

/// Shuffled batches: a fresh permutation of the examples each epoch, incomplete batches dropped. The examples
/// of a step depend on the seed and the step number only.
#[derive(Clone, Debug)]
pub struct Order {
    indices: Vec<u32>,
    batch: usize,
    seed: Seed,
    /// The epoch of `permuted`, the last one requested: a million examples must not be shuffled for each
    /// step.
    epoch: Option<u64>,
    permuted: Vec<u32>,
}

impl Order {
    /// Shuffles the examples of some splits, which [`Data`](super::Data) made, into batches of at most
    /// `batch`.
    pub fn new(parts: &[&[usize]], batch: usize, seed: Seed) -> Self {
        let indices: Vec<u32> = parts.iter().copied().flatten().map(|&index| index as u32).collect();
        let batch = Self::clamped(indices.len(), batch);
        Self { indices, batch, seed, epoch: None, permuted: Vec::new() }
    }

    fn clamped(examples: usize, batch: usize) -> usize {
        batch.min(examples).max(1)
    }

    /// Batches per epoch over `examples` examples.
    pub fn steps_of(examples: usize, batch: usize) -> u64 {
        (examples / Self::clamped(examples, batch)) as u64
    }

    /// Batches per epoch.
    pub fn steps(&self) -> u64 {
        Self::steps_of(self.indices.len(), self.batch)
    }

    /// The seed of the shuffling.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// All examples once, shuffled, in batches of at most `batch` and of about equal size.
    pub(crate) fn one_pass(&self, batch: usize) -> Vec<Vec<usize>> {
        let mut permuted = self.indices.clone();
        self.seed.split("whole").random().shuffle(&mut permuted);
        let (all, count) = (permuted.len(), permuted.len().div_ceil(batch.max(1)));
        let ends = (0..=count).map(|i| i * all / count.max(1)).collect::<Vec<_>>();
        let batch = |ends: &[usize]| permuted[ends[0]..ends[1]].iter().map(|&index| index as usize).collect();
        ends.windows(2).map(batch).collect()
    }

    /// The examples of a step and the seed of their augmentation.
    pub fn at(&mut self, step: u64) -> (Vec<usize>, Seed) {
        let steps = self.steps().max(1);
        let (epoch, batch) = (step / steps, (step % steps) as usize);
        if self.epoch != Some(epoch) {
            self.permuted.clone_from(&self.indices);
            self.seed.split("order").at(epoch).random().shuffle(&mut self.permuted);
            self.epoch = Some(epoch);
        }
        let chosen = self.permuted.iter().skip(batch * self.batch).take(self.batch);
        (chosen.map(|&index| index as usize).collect(), self.seed.split("augment").at(epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_visits_each_example_once() {
        let mut order = Order::new(&[&[0, 1, 2, 3], &[4, 5, 6, 7, 8, 9]], 5, Seed::new(1));
        let mut seen: Vec<usize> = [order.at(2).0, order.at(3).0].concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        assert_ne!(order.at(0).0, order.at(2).0);
    }

    #[test]
    fn a_step_does_not_depend_on_what_was_asked_before() {
        let indices: Vec<usize> = (5..105).collect();
        let fresh = |step| Order::new(&[&indices], 30, Seed::new(2)).at(step);
        let mut order = Order::new(&[&indices], 30, Seed::new(2));
        for step in [0, 1, 7, 2, 2, 3, 0, 8] {
            assert_eq!(order.at(step), fresh(step));
        }
        assert_eq!(order.steps(), 3);
    }
}

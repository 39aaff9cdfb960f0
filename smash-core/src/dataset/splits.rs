//! Train/validation/test splits.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::random::Seed;

/// A split of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Training: trains the HyperNet and candidates.
    Train,
    /// Validation: ranks architectures.
    Valid,
    /// Test: used once, at the end.
    Test,
}

/// Example indices of each split; disjoint.
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
    /// The paper's split: the last `fraction` of the training examples is the validation split; `test` is
    /// given.
    pub fn last(train: Range<usize>, fraction: f64, test: Range<usize>) -> Self {
        Self { test: test.collect(), ..Self::tail(train.collect(), fraction) }
    }

    /// The last `fraction` of some examples is the validation split, the rest the training split.
    pub fn tail(mut train: Vec<usize>, fraction: f64) -> Self {
        let valid = (train.len() as f64 * fraction).round() as usize;
        let valid = train.split_off(train.len().saturating_sub(valid));
        Self { train, valid, test: Vec::new() }
    }

    /// Stratified split: the two fractions of each class of `pool` become validation and test split, drawn
    /// from the seed; the rest is the training split.
    pub fn stratified(
        pool: impl IntoIterator<Item = usize>,
        label: impl Fn(usize) -> usize,
        valid: f64,
        test: f64,
        seed: Seed,
    ) -> Self {
        let mut splits = Self::default();
        for members in &mut shuffled_classes(pool, label, seed) {
            let count = |fraction: f64| (members.len() as f64 * fraction).round() as usize;
            let (valid, test) = (count(valid), count(test));
            splits.valid.extend(members.drain(..valid));
            splits.test.extend(members.drain(..test));
            splits.train.append(members);
        }
        splits.sorted()
    }

    /// Stratified k-fold split: deals the examples of each class out to `folds` folds, drawn from the seed;
    /// one of them is the validation split, the others the training split. The sizes of folds, and of a
    /// class's shares, differ by at most one.
    pub fn fold(
        pool: impl IntoIterator<Item = usize>,
        label: impl Fn(usize) -> usize,
        (fold, folds): (usize, usize),
        seed: Seed,
    ) -> Self {
        let mut splits = Self::default();
        let dealt = shuffled_classes(pool, label, seed).into_iter().flatten();
        for (index, turn) in dealt.zip((0..folds).cycle()) {
            if turn == fold { &mut splits.valid } else { &mut splits.train }.push(index);
        }
        splits.sorted()
    }

    fn sorted(mut self) -> Self {
        [&mut self.train, &mut self.valid, &mut self.test].into_iter().for_each(|part| part.sort_unstable());
        self
    }

    /// The indices of a split.
    pub fn of(&self, split: Split) -> &[usize] {
        match split {
            Split::Train => &self.train,
            Split::Valid => &self.valid,
            Split::Test => &self.test,
        }
    }
}

/// The members of each class, shuffled.
fn shuffled_classes(
    pool: impl IntoIterator<Item = usize>,
    label: impl Fn(usize) -> usize,
    seed: Seed,
) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for index in pool {
        let class = label(index);
        if classes.len() <= class {
            classes.resize(class + 1, Vec::new());
        }
        classes[class].push(index);
    }
    let mut random = seed.random();
    classes.iter_mut().for_each(|members| random.shuffle(members));
    classes
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
}

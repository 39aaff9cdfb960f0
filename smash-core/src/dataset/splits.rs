//! Which examples are for what.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::random::Seed;

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

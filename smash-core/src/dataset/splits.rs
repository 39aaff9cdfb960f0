//! Train/validation/test splits.

use std::collections::BTreeMap;
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
    /// from the seed; the rest is the training split. At least one example of each class trains: where the
    /// rounded fractions would take them all, they take fewer.
    pub fn stratified(
        pool: impl IntoIterator<Item = usize>,
        label: impl Fn(usize) -> usize,
        valid: f64,
        test: f64,
        seed: Seed,
    ) -> Self {
        let mut splits = Self::default();
        for (_, members) in &mut shuffled_classes(pool, label, seed) {
            let count = |fraction: f64| (members.len() as f64 * fraction).round() as usize;
            let (valid, test) = leaving_one(members.len(), count(valid), count(test));
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
        let dealt = shuffled_classes(pool, label, seed).into_iter().flat_map(|(_, members)| members);
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

/// How many of a class's `members` validate and test, of the numbers wanted: the larger number gives way, and
/// of equal ones that of the test, until one example is left to train.
fn leaving_one(members: usize, valid: usize, test: usize) -> (usize, usize) {
    let most = members.saturating_sub(1);
    let (mut valid, mut test) = (valid.min(most), test.min(most));
    let over = (valid + test).saturating_sub(most);
    if over > 0 {
        let uneven = valid.abs_diff(test).min(over);
        let larger = if test >= valid { &mut test } else { &mut valid };
        *larger -= uneven;
        let rest = over - uneven;
        test -= rest.div_ceil(2);
        valid -= rest / 2;
    }
    (valid, test)
}

/// The members of each class that has any, in the order of the classes, shuffled.
fn shuffled_classes(
    pool: impl IntoIterator<Item = usize>,
    label: impl Fn(usize) -> usize,
    seed: Seed,
) -> Vec<(usize, Vec<usize>)> {
    let mut classes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in pool {
        classes.entry(label(index)).or_default().push(index);
    }
    let mut random = seed.random();
    classes.values_mut().for_each(|members| random.shuffle(members));
    classes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn at_least_one_example_of_each_class_trains() {
        // Seventeen of each class, and half of them to validate and to test: more than there are.
        let s = Splits::stratified(0..51, |i| i % 3, 0.5, 0.5, Seed::new(0));
        assert_eq!((s.train.len(), s.valid.len(), s.test.len()), (3, 24, 24));
        for (members, valid, test, left) in
            [(0, 0, 0, (0, 0)), (1, 1, 1, (0, 0)), (2, 1, 1, (1, 0)), (5, 9, 1, (3, 1)), (6, 1, 5, (1, 4))]
        {
            assert_eq!(leaving_one(members, valid, test), left, "{members}, {valid}, {test}");
        }
    }

    proptest! {
        #[test]
        fn any_counts_and_fractions_make_disjoint_parts(
            labels in prop::collection::vec(0usize..6, 0..60),
            valid in 0.0f64..=1.0,
            test in 0.0f64..=1.0,
            seed in any::<u64>(),
        ) {
            let s = Splits::stratified(0..labels.len(), |i| labels[i], valid, test, Seed::new(seed));
            let mut all = [&s.train[..], &s.valid, &s.test].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
            for class in 0..6 {
                let count = |part: &[usize]| part.iter().filter(|&&i| labels[i] == class).count();
                let members = labels.iter().filter(|&&label| label == class).count();
                prop_assert!(members == 0 || count(&s.train) > 0);
                // Fractions that leave an example to train are met exactly.
                let wanted = [valid, test].map(|share| (members as f64 * share).round() as usize);
                if wanted[0] + wanted[1] < members {
                    prop_assert_eq!([count(&s.valid), count(&s.test)], wanted);
                }
            }
        }
    }

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

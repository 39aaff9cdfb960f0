use proptest::prelude::*;

use super::*;
use crate::task::Task;

const CLASSES: usize = 4;

/// Labels; every fifth example belongs to the dataset's own test split and every fifth to its validation
/// split.
struct Labels {
    task: Task,
    labels: Vec<usize>,
}

impl Labels {
    fn new(labels: Vec<usize>) -> Self {
        Self { task: Task { channels: 1, extents: vec![1], classes: CLASSES }, labels }
    }

    fn count(&self, indices: &[usize], class: usize) -> usize {
        indices.iter().filter(|&&index| self.labels[index] == class).count()
    }
}

impl Dataset for Labels {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, index: usize) -> usize {
        self.labels[index]
    }

    fn read(&self, _: usize, _: &mut [f32]) -> Result<()> {
        Err(Error::Data("labels are enough to split by".into()))
    }

    fn splits(&self, _: Seed) -> Result<Splits> {
        let part = |rest: &[usize]| (0..self.len()).filter(|index| rest.contains(&(index % 5))).collect();
        Ok(Splits { train: part(&[4, 0, 1]), valid: part(&[2]), test: part(&[3]) })
    }
}

/// The training and validation pool, and the test split, that the rule works on.
fn given(data: &Labels) -> (Vec<usize>, Vec<usize>) {
    (0..data.len()).partition(|index| index % 5 != 3)
}

/// The two splits are sorted and partition the pool, and the test split is the dataset's own.
fn shared_out(data: &Labels, splits: &Splits) -> bool {
    let mut all = [&splits.train[..], &splits.valid].concat();
    all.sort_unstable();
    (all, splits.test.clone()) == given(data) && splits.train.is_sorted() && splits.valid.is_sorted()
}

fn labels() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..CLASSES, 10..200)
}

proptest! {
    #[test]
    fn folds_are_even_and_each_example_ranks_once(labels in labels(), folds in 2usize..8, seed in any::<u64>()) {
        let data = Labels::new(labels);
        prop_assume!((0..CLASSES).all(|class| data.count(&given(&data).0, class) != 1));
        let seed = Seed::new(seed);
        let fold = |fold| SplitRule::KFold { folds, fold }.splits(&data, seed).unwrap();
        let all: Vec<Splits> = (0..folds).map(fold).collect();
        prop_assert!(all.iter().all(|splits| shared_out(&data, splits)));
        let mut ranked: Vec<usize> = all.iter().flat_map(|splits| splits.valid.clone()).collect();
        ranked.sort_unstable();
        prop_assert_eq!(ranked, given(&data).0);
        let even = |counts: Vec<usize>| counts.iter().max().zip(counts.iter().min()).is_some_and(|(a, b)| a - b <= 1);
        prop_assert!(even(all.iter().map(|splits| splits.valid.len()).collect()));
        for class in 0..CLASSES {
            prop_assert!(even(all.iter().map(|splits| data.count(&splits.valid, class)).collect()));
        }
        prop_assert_eq!(fold(0), all[0].clone());
    }

    #[test]
    fn shares_are_as_large_as_they_should_be(labels in labels(), validation in 0.01f64..0.5, seed in any::<u64>()) {
        let data = Labels::new(labels);
        let pool = given(&data).0;
        let share = |count: usize| (count as f64 * validation).round() as usize;
        // At least one example of each class trains.
        let of_class = |count: usize| share(count).min(count.saturating_sub(1));
        let last = SplitRule::Last { validation }.splits(&data, Seed::new(seed)).unwrap();
        prop_assert!(shared_out(&data, &last));
        prop_assert_eq!(&last.valid, &pool[pool.len() - share(pool.len())..]);
        let drawn = SplitRule::Stratified { validation }.splits(&data, Seed::new(seed)).unwrap();
        prop_assert!(shared_out(&data, &drawn));
        for class in 0..CLASSES {
            prop_assert_eq!(data.count(&drawn.valid, class), of_class(data.count(&pool, class)));
        }
    }
}

#[test]
fn another_seed_draws_other_parts() {
    let data = Labels::new((0..100).map(|index| index % CLASSES).collect());
    for rule in [SplitRule::Stratified { validation: 0.2 }, SplitRule::KFold { folds: 5, fold: 1 }] {
        let [one, other] = [1, 2].map(|seed| rule.splits(&data, Seed::new(seed)).unwrap());
        assert_ne!(one.valid, other.valid, "{rule:?}");
    }
    assert_eq!(SplitRule::default().splits(&data, Seed::new(1)).unwrap(), data.splits(Seed::new(1)).unwrap());
}

proptest! {
    #[test]
    fn no_labels_fractions_or_folds_panic(
        labels in prop::collection::vec(0..CLASSES, 0..40),
        validation in 0.001f64..=0.5,
        folds in 2usize..12,
        seed in any::<u64>(),
    ) {
        let data = Labels::new(labels);
        let rules = [SplitRule::Last { validation }, SplitRule::Stratified { validation }];
        let folds = (0..folds).map(|fold| SplitRule::KFold { folds, fold });
        for rule in rules.into_iter().chain(folds) {
            let Ok(splits) = rule.splits(&data, Seed::new(seed)) else { continue };
            prop_assert!(shared_out(&data, &splits));
            let stratified = !matches!(rule, SplitRule::Last { .. });
            for class in 0..CLASSES {
                let valid = data.count(&splits.valid, class);
                prop_assert!(!stratified || valid == 0 || data.count(&splits.train, class) > 0, "{:?}", rule);
            }
        }
    }
}

#[test]
fn a_single_example_of_a_class_cannot_be_held_out() {
    // Of class 3 there is one example outside the test split.
    let labels = (0..20).map(|index| if index == 4 { 3 } else { index % 3 }).collect();
    let data = Labels::new(labels);
    let errors: Vec<String> = (0..4)
        .filter_map(|fold| SplitRule::KFold { folds: 4, fold }.splits(&data, Seed::new(0)).err())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("/fold: class 3 has 1 example outside the test split"), "{errors:?}");
    let splits = SplitRule::Stratified { validation: 0.5 }.splits(&data, Seed::new(0)).unwrap();
    assert_eq!(data.count(&splits.train, 3), 1);
}

#[test]
fn what_cannot_be_is_refused_at_its_field() {
    let data = Labels::new(vec![0; 10]);
    for (rule, expected) in [
        (
            SplitRule::Last { validation: 0.0 },
            "/validation: expected a fraction above 0, at most 0.5, found 0",
        ),
        (
            SplitRule::Stratified { validation: f64::NAN },
            "/validation: expected a fraction above 0, at most 0.5, found NaN",
        ),
        (SplitRule::KFold { folds: 1, fold: 0 }, "/folds: expected at least 2 folds, found 1"),
        (SplitRule::KFold { folds: 5, fold: 5 }, "/fold: expected 0 to 4 of 5 folds, found 5"),
        (
            SplitRule::KFold { folds: 9, fold: 0 },
            "/folds: expected at most one fold for each of 8 examples, found 9",
        ),
    ] {
        assert_eq!(rule.splits(&data, Seed::new(0)).unwrap_err().to_string(), expected);
    }
}

//! The conformance suite for datasets.

use std::collections::BTreeSet;

use super::promise::{Promise, expect};
use crate::dataset::Dataset;
use crate::error::Result;
use crate::random::Seed;

/// Maximum number of examples that a check reads.
const MAX_READ: usize = 64;

/// Opens the dataset.
type Open<'a> = dyn FnMut() -> Result<Box<dyn Dataset>> + 'a;
type Check = fn(&dyn Dataset) -> Result<()>;

const CHECKS: &[(&str, Check)] = &[
    ("labels_are_classes", labels_are_classes),
    ("parts_are_apart", parts_are_apart),
    ("parts_follow_the_seed", parts_follow_the_seed),
    ("values_are_numbers", values_are_numbers),
    ("reading_twice_gives_the_same", reading_twice_gives_the_same),
    ("batches_are_the_examples", batches_are_the_examples),
];

/// Runs the checks lazily, each on a new dataset.
pub fn dataset<'a>(open: &'a mut Open<'_>) -> impl Iterator<Item = Promise> + 'a {
    CHECKS.iter().map(|&(name, check)| Promise { name, outcome: open().and_then(|data| check(&*data)) })
}

/// Examples spread evenly over the dataset.
fn sampled(data: &dyn Dataset) -> Vec<usize> {
    let step = data.len().div_ceil(MAX_READ).max(1);
    (0..data.len()).step_by(step).collect()
}

fn labels_are_classes(data: &dyn Dataset) -> Result<()> {
    let classes = data.task().classes;
    expect(!data.is_empty() && classes > 0, || "expected examples and classes".into())?;
    let wrong = (0..data.len()).find(|&index| data.label(index) >= classes);
    expect(wrong.is_none(), || format!("example {wrong:?}: expected a class below {classes}"))
}

fn parts_are_apart(data: &dyn Dataset) -> Result<()> {
    let splits = data.splits(Seed::new(1))?;
    expect(!splits.train.is_empty() && !splits.valid.is_empty() && !splits.test.is_empty(), || {
        "expected examples in each of train, valid and test".into()
    })?;
    let mut seen = BTreeSet::new();
    for &index in splits.train.iter().chain(&splits.valid).chain(&splits.test) {
        expect(index < data.len(), || format!("example {index} of {} does not exist", data.len()))?;
        expect(seen.insert(index), || format!("example {index} is in two parts, or twice in one"))?;
    }
    let classes: BTreeSet<usize> = splits.train.iter().map(|&index| data.label(index)).collect();
    expect(classes.len() > 1, || format!("expected two classes to train on, found {classes:?}"))
}

fn parts_follow_the_seed(data: &dyn Dataset) -> Result<()> {
    let [once, again] = [data.splits(Seed::new(2))?, data.splits(Seed::new(2))?];
    expect(once == again, || "the same seed gave other parts".into())
}

fn values_are_numbers(data: &dyn Dataset) -> Result<()> {
    let mut out = vec![0.0; data.task().example_len()];
    for index in sampled(data) {
        for view in 0..data.views().max(1) {
            data.read_view(index, view, &mut out)?;
            let wrong = out.iter().find(|value| !value.is_finite());
            expect(wrong.is_none(), || format!("example {index}, view {view}: found {wrong:?}"))?;
        }
    }
    Ok(())
}

fn reading_twice_gives_the_same(data: &dyn Dataset) -> Result<()> {
    let [mut once, mut again] = [(); 2].map(|()| vec![0.0; data.task().example_len()]);
    for index in sampled(data) {
        data.read(index, &mut once)?;
        data.read(index, &mut again)?;
        expect(once == again, || format!("example {index} is not the same when it is read again"))?;
    }
    Ok(())
}

fn batches_are_the_examples(data: &dyn Dataset) -> Result<()> {
    let (indices, length) = (sampled(data), data.task().example_len());
    let views: Vec<usize> = indices.iter().map(|index| index % data.views().max(1)).collect();
    let mut one = vec![0.0; length];
    for views in [None, Some(&views[..])] {
        let mut batch = vec![0.0; indices.len() * length];
        data.read_batch(&indices, views, &mut batch)?;
        for (i, (&index, batch)) in indices.iter().zip(batch.chunks_exact(length)).enumerate() {
            match views {
                Some(views) => data.read_view(index, views[i], &mut one)?,
                None => data.read(index, &mut one)?,
            }
            expect(one == batch, || format!("example {index} is another in a batch"))?;
        }
    }
    Ok(())
}

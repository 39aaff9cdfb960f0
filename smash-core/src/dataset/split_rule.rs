//! A job's train/validation split of the examples outside the test split.

use std::collections::HashSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::notes::class_name;
use super::{Dataset, Splits};
use crate::error::{Error, Result};
use crate::random::Seed;

/// Train/validation split. The test split is always the dataset's own; all other examples are split between
/// training and validation, whose examples rank architectures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitRule {
    /// The dataset's own split.
    #[default]
    Dataset,
    /// The last examples in the order of the dataset are the validation split, as in the paper.
    Last {
        /// Fraction of the examples that validates.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
        validation: f64,
    },
    /// Stratified split: a fraction of each class is the validation split, drawn from the job's seed.
    Stratified {
        /// Fraction of each class that validates.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
        validation: f64,
    },
    /// Stratified k-fold split for cross-validation: one of several folds of equal size is the validation
    /// split, the others train. Folds are drawn from the job's seed, with equal shares of each class: jobs
    /// that differ in `fold` only have disjoint validation splits.
    KFold {
        /// Number of folds.
        #[schemars(range(min = 2, max = 1000))]
        folds: usize,
        /// The fold that validates, from 0.
        #[schemars(range(max = 999))]
        fold: usize,
    },
}

fn tenth() -> f64 {
    0.1
}

impl SplitRule {
    /// True for the dataset's own split.
    pub fn is_datasets(&self) -> bool {
        *self == Self::Dataset
    }

    /// Checks the fractions and the fold numbers.
    ///
    /// # Errors
    /// [`Error::Invalid`] at the field.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Last { validation } | Self::Stratified { validation }
                if !(*validation > 0.0 && *validation <= 0.5) =>
            {
                let message = format!("expected a fraction above 0, at most 0.5, found {validation}");
                Err(Error::invalid("/validation", message))
            }
            Self::KFold { folds, .. } if *folds < 2 => {
                Err(Error::invalid("/folds", format!("expected at least 2 folds, found {folds}")))
            }
            Self::KFold { folds, fold } if fold >= folds => {
                let most = folds - 1;
                Err(Error::invalid("/fold", format!("expected 0 to {most} of {folds} folds, found {fold}")))
            }
            _ => Ok(()),
        }
    }

    /// The splits of a dataset; `seed` is the job's seed, split for this purpose.
    ///
    /// # Errors
    /// As [`check`](Self::check); when there are fewer examples than folds, a class would train on none, or
    /// the dataset fails.
    pub fn splits(&self, dataset: &dyn Dataset, seed: Seed) -> Result<Splits> {
        self.check()?;
        let Splits { train, valid, test } = dataset.splits(seed)?;
        let label = |index| dataset.label(index);
        let pool = || {
            let mut pool = [&train[..], &valid].concat();
            pool.sort_unstable();
            pool
        };
        Ok(match self {
            Self::Dataset => Splits { train, valid, test },
            Self::Last { validation } => Splits { test, ..Splits::tail(pool(), *validation) },
            Self::Stratified { validation } => {
                let seed = seed.split("stratified");
                Splits { test, ..Splits::stratified(pool(), label, *validation, 0.0, seed) }
            }
            Self::KFold { folds, fold } => {
                let pool = pool();
                if *folds > pool.len() {
                    let message = format!(
                        "expected at most one fold for each of {} examples, found {folds}",
                        pool.len()
                    );
                    return Err(Error::invalid("/folds", message));
                }
                let splits = Splits::fold(pool, label, (*fold, *folds), seed.split("k_fold"));
                // Two examples of a class lie in two folds; a single one may lie in the fold that validates.
                let trained: HashSet<usize> = splits.train.iter().map(|&index| label(index)).collect();
                if let Some(&index) = splits.valid.iter().find(|&&index| !trained.contains(&label(index))) {
                    let class = class_name(dataset, label(index));
                    let message = format!(
                        "class {class} has 1 example outside the test split, which validates in fold {fold}: it would \
                         train on none; expected at least 2 examples of each class, or another fold"
                    );
                    return Err(Error::invalid("/fold", message));
                }
                Splits { test, ..splits }
            }
        })
    }
}

impl fmt::Display for SplitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dataset => f.write_str("as the dataset says"),
            Self::Last { validation } => write!(f, "the last {} % validate", 100.0 * validation),
            Self::Stratified { validation } => write!(f, "{} % of each class validate", 100.0 * validation),
            Self::KFold { folds, fold } => {
                write!(f, "fold {fold} of 0 to {} validates", folds.saturating_sub(1))
            }
        }
    }
}

#[cfg(test)]
mod tests;

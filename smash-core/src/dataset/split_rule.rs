//! How a job splits the examples that are not for the test.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dataset, Splits};
use crate::error::{Error, Result};
use crate::random::Seed;

/// Which examples rank architectures and which train. Whatever it says, the test examples are those of the dataset, and
/// all others are shared out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitRule {
    /// As the dataset does it.
    #[default]
    Dataset,
    /// The last ones in the order of the dataset rank, as in the paper.
    Last {
        /// Their share.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
        validation: f64,
    },
    /// Some of each class rank, drawn from the job's seed.
    Stratified {
        /// Their share of each class.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
        validation: f64,
    },
    /// One of several parts of equal size ranks, the others train. The parts are drawn from the job's seed, with as many of
    /// each class: jobs that differ in `fold` only have different ones.
    KFold {
        /// How many parts.
        #[schemars(range(min = 2, max = 1000))]
        folds: usize,
        /// Which of them ranks, from 0.
        #[schemars(range(max = 999))]
        fold: usize,
    },
}

fn tenth() -> f64 {
    0.1
}

impl SplitRule {
    /// True if the dataset decides.
    pub fn is_datasets(&self) -> bool {
        *self == Self::Dataset
    }

    /// Refuses what cannot be.
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

    /// The splits of a dataset; `seed` is the job's, split for this purpose.
    ///
    /// # Errors
    /// As [`check`](Self::check); when there are fewer examples than folds, or the dataset fails.
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
                Splits { test, ..Splits::fold(pool, label, (*fold, *folds), seed.split("k_fold")) }
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

//! The description of a dataset as JSON, and the limits on what it may claim.

use serde::{Deserialize, Serialize};
use smash_core::dataset::{Augmentation, Dataset, Normalise};
use smash_core::task::Task;

pub(crate) use super::splits::Ranges;

/// Limit on the number of examples.
const EXAMPLES: u64 = 1 << 27;
/// Limit on the values of one example.
const VALUES: usize = 1 << 26;
/// Limit on the number of classes: class indices are exact in an f32.
const CLASSES: usize = 1 << 20;
/// Limit on the views of one example.
const VIEWS: u64 = 1 << 16;
/// Limit on the shift of an augmentation, in pixels.
const SHIFT: usize = 16;
/// Limit on the hole that a cutout augmentation cuts, in pixels.
const CUTOUT: usize = 512;

/// Fraction of each class in the validation split, where a dataset defines no splits; the test split has the
/// same.
pub(crate) const FRACTION: f64 = 0.1;

/// The answer of the vtable's `describe`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatasetDescription {
    pub(crate) task: Task,
    pub(crate) examples: u64,
    #[serde(default = "one")]
    pub(crate) views: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) splits: Option<Ranges>,
    #[serde(default)]
    pub(crate) augmentation: Augmentation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) normalise: Option<Normalise>,
    /// The name of each class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) class_names: Option<Vec<String>>,
}

fn one() -> u64 {
    1
}

impl DatasetDescription {
    /// The description of a Rust dataset, which draws its splits only when it is asked for them.
    pub(crate) fn of(dataset: &dyn Dataset) -> Self {
        Self {
            task: dataset.task().clone(),
            examples: dataset.len() as u64,
            views: dataset.views() as u64,
            splits: None,
            augmentation: dataset.augmentation(),
            normalise: dataset.normalise(),
            class_names: dataset.class_names().map(<[String]>::to_vec),
        }
    }

    /// Checks all limits and returns the number of examples.
    pub(crate) fn checked(&self) -> Result<usize, String> {
        let Task { channels, extents, classes } = &self.task;
        let within = |what: &str, value: u64, most: u64| {
            if (1..=most).contains(&value) {
                Ok(())
            } else {
                Err(format!("describe/{what}: expected 1 to {most}, found {value}"))
            }
        };
        within("examples", self.examples, EXAMPLES)?;
        within("views", self.views, VIEWS)?;
        within("task/classes", *classes as u64, CLASSES as u64)?;
        if !(1..=3).contains(&extents.len()) {
            return Err(format!("describe/task/extents: expected 1 to 3 of them, found {}", extents.len()));
        }
        let values = extents.iter().try_fold(*channels, |product, &extent| product.checked_mul(extent));
        if values.is_none_or(|values| values == 0 || values > VALUES) {
            return Err(format!(
                "describe/task: expected 1 to {VALUES} values of an example, found {channels} channels of {extents:?}"
            ));
        }
        let Augmentation { crop_padding, flip: _, mirror, roll, cutout } = &self.augmentation;
        let far = |shift: &i32| shift.unsigned_abs() as usize > SHIFT;
        let large = *crop_padding > SHIFT || roll.iter().any(far) || *cutout > CUTOUT;
        if large || !(0.0..=1.0).contains(mirror) {
            let text = "expected shifts of at most 16, a cutout of at most 512 and a probability";
            return Err(format!("describe/augmentation: {text}, found {:?}", self.augmentation));
        }
        if let Some(Err(problem)) = self.normalise.as_ref().map(|normalise| normalise.check(*channels)) {
            return Err(format!("describe/normalise{problem}"));
        }
        if let Some(names) = self.class_names.as_ref().filter(|names| names.len() != *classes) {
            let found = names.len();
            return Err(format!(
                "describe/class_names: expected {classes} names, one a class, found {found}"
            ));
        }
        if let Some(ranges) = &self.splits {
            ranges.splits(self.examples as usize).map_err(|message| format!("describe/{message}"))?;
        }
        Ok(self.examples as usize)
    }
}

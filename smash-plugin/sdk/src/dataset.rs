//! What a dataset says of itself, as JSON, and what is believed of it.

use serde::{Deserialize, Serialize};
use smash_core::dataset::{Augmentation, Dataset, Normalise};
use smash_core::task::Task;

pub(crate) use crate::splits::Ranges;

/// Most examples.
const EXAMPLES: u64 = 1 << 27;
/// Most values of one example.
const VALUES: usize = 1 << 26;
/// Most classes: their numbers are exact in an f32.
const CLASSES: usize = 1 << 20;
/// Most views of one example.
const VIEWS: u64 = 1 << 16;
/// Furthest that an augmentation may shift.
const SHIFT: usize = 16;
/// Largest hole that an augmentation may cut.
const CUTOUT: usize = 512;

/// Share of each class that validates, where a dataset says nothing of splits; as much tests.
pub(crate) const FRACTION: f64 = 0.1;

/// The answer of `describe`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
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
}

fn one() -> u64 {
    1
}

impl Description {
    /// Of a Rust dataset, which draws its splits when it is asked for them.
    pub(crate) fn of(dataset: &dyn Dataset) -> Self {
        Self {
            task: dataset.task().clone(),
            examples: dataset.len() as u64,
            views: dataset.views() as u64,
            splits: None,
            augmentation: dataset.augmentation(),
            normalise: dataset.normalise(),
        }
    }

    /// The number of examples, once nothing is out of all proportion.
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
        if let Some(ranges) = &self.splits {
            ranges.splits(self.examples as usize).map_err(|message| format!("describe/{message}"))?;
        }
        Ok(self.examples as usize)
    }
}

//! Handwritten digits, embedded in the program: a real task that trains in seconds and needs no file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;

/// Records of one label byte and 64 values 0..16; source and licence are in `digits/NOTICE.md`.
static RECORDS: &[u8] = include_bytes!("digits/digits.bin");
const PIXELS: usize = 64;
const RECORD: usize = 1 + PIXELS;

/// Normalisation statistics: mean and standard deviation of `value / 16` over all 1,797 images. Constants
/// rather than statistics of a split, so that an example has the same values whatever the seed.
const MEAN: f32 = 0.305_260_3;
const STD: f32 = 0.376_049_2;

/// Fraction of each class in the validation split; the test split has the same.
const FRACTION: f64 = 0.1;

/// Handwritten digits: 1,797 grey 8×8 images in 10 classes, part of the program. 80 % train, 10 % validate,
/// 10 % test, balanced over the classes (stratified) and drawn from the job's seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DigitsConfig {
    /// Augmentation of a training example; by default shifts by up to one pixel. A digit must not be
    /// mirrored.
    pub augmentation: Augmentation,
}

impl Default for DigitsConfig {
    fn default() -> Self {
        Self { augmentation: Augmentation { crop_padding: 1, flip: false, ..Augmentation::default() } }
    }
}

#[typetag::serde(name = "digits")]
impl DatasetConfig for DigitsConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(Digits::new(self)))
    }
}

inventory::submit! {
    Component::new::<DigitsConfig>(Kind::Dataset, "digits", "1,797 handwritten digits, 8x8, embedded.")
}

/// The dataset of a [`DigitsConfig`].
#[derive(Clone, Debug)]
pub struct Digits {
    task: Task,
    augmentation: Augmentation,
    class_names: Vec<String>,
}

impl Digits {
    /// The digits; this cannot fail.
    pub fn new(config: &DigitsConfig) -> Self {
        Self {
            task: Task { channels: 1, extents: vec![8, 8], classes: 10 },
            augmentation: config.augmentation,
            class_names: (0..10).map(|digit| digit.to_string()).collect(),
        }
    }

    fn record(index: usize) -> &'static [u8] {
        &RECORDS[index * RECORD..(index + 1) * RECORD]
    }
}

impl Dataset for Digits {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        RECORDS.len() / RECORD
    }

    fn label(&self, index: usize) -> usize {
        usize::from(Self::record(index)[0])
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        for (value, &pixel) in out.iter_mut().zip(&Self::record(index)[1..]) {
            *value = (f32::from(pixel) / 16.0 - MEAN) / STD;
        }
        Ok(())
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        Ok(Splits::stratified(0..self.len(), |index| self.label(index), FRACTION, FRACTION, seed))
    }

    fn class_names(&self) -> Option<&[String]> {
        Some(&self.class_names)
    }

    fn shown_range(&self) -> Option<Vec<[f32; 2]>> {
        Some(vec![[-MEAN / STD, (1.0 - MEAN) / STD]])
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }
}

#[cfg(test)]
mod tests;

//! CIFAR-100 in its original binary format.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset};

use crate::cifar::Format;
use crate::class_names;
use crate::examples::Examples;

/// Normalisation statistics: mean and standard deviation of `value / 255` in each channel over the 50,000
/// training images.
const FORMAT: Format = Format {
    name: "CIFAR-100",
    folder: "cifar-100-binary",
    files: &[("train.bin", 50_000), ("test.bin", 10_000)],
    classes: &[20, 100],
    names: &[
        ("coarse_label_names.txt", class_names::CIFAR100_COARSE),
        ("fine_label_names.txt", class_names::CIFAR100),
    ],
    statistics: [[0.507_075_16, 0.267_334_29], [0.486_548_87, 0.256_438_46], [0.440_917_84, 0.276_150_47]],
};

/// CIFAR-100: colour photographs of 32×32 in 100 classes, or 20 coarse ones, read from a folder in the
/// original binary format or from its `.tar.gz`. All of its 60,000 images or any subset of them in that
/// format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cifar100Config {
    /// The folder that holds `train.bin` and `test.bin`, the one that holds it as `cifar-100-binary`, or
    /// `cifar-100-binary.tar.gz`, which need not be unpacked.
    pub path: PathBuf,
    /// Labels to learn: fine or coarse classes.
    pub labels: Cifar100Labels,
    /// Validation split: share of the training images that rank architectures instead of training; the last
    /// ones of the file, as in the paper.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Augmentation of a training image; by default shifts by up to four pixels and mirroring (horizontal
    /// flips). Naming one of its fields turns the other one off.
    pub augmentation: Augmentation,
}

/// The two labels of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cifar100Labels {
    /// The 100 fine classes.
    #[default]
    Fine,
    /// The 20 coarse classes, of five fine ones each.
    Coarse,
}

impl Default for Cifar100Config {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            labels: Cifar100Labels::default(),
            validation: 0.1,
            augmentation: Augmentation { crop_padding: 4, flip: true, ..Augmentation::default() },
        }
    }
}

impl Cifar100Config {
    /// Reads all images.
    ///
    /// # Errors
    /// [`Error::Invalid`](smash_core::Error::Invalid) at a field; [`Error::Data`](smash_core::Error::Data)
    /// with the file that is missing or damaged.
    pub fn read(&self) -> Result<Examples> {
        let label = match self.labels {
            Cifar100Labels::Coarse => 0,
            Cifar100Labels::Fine => 1,
        };
        FORMAT.read(&self.path, label, self.validation, self.augmentation)
    }
}

#[typetag::serde(name = "cifar100")]
impl DatasetConfig for Cifar100Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<Cifar100Config>(Kind::Dataset, "cifar100", "CIFAR-100 from a folder in its original binary format or its .tar.gz.")
}

#[cfg(test)]
mod tests;

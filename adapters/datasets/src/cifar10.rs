//! CIFAR-10 in its original binary format.

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
/// training images. The last digits are those of the authors' code, so that ours gives the same numbers.
const FORMAT: Format = Format {
    name: "CIFAR-10",
    folder: "cifar-10-batches-bin",
    files: &[
        ("data_batch_1.bin", 10_000),
        ("data_batch_2.bin", 10_000),
        ("data_batch_3.bin", 10_000),
        ("data_batch_4.bin", 10_000),
        ("data_batch_5.bin", 10_000),
        ("test_batch.bin", 10_000),
    ],
    classes: &[10],
    names: &[("batches.meta.txt", class_names::CIFAR10)],
    statistics: [[0.491_399_68, 0.247_032_33], [0.482_158_27, 0.243_485_05], [0.446_531_24, 0.261_587_68]],
};

/// CIFAR-10: colour photographs of 32×32 in 10 classes, read from a folder in the original binary format or
/// from its `.tar.gz`. All of its 60,000 images or any subset of them in that format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cifar10Config {
    /// The folder that holds `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, the one that holds
    /// it as `cifar-10-batches-bin`, or `cifar-10-binary.tar.gz`, which need not be unpacked.
    pub path: PathBuf,
    /// Validation split: share of the training images that rank architectures instead of training; the last
    /// ones of the files, as in the paper.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Augmentation of a training image; by default shifts by up to four pixels and mirroring (horizontal
    /// flips). Naming one of its fields turns the other one off.
    pub augmentation: Augmentation,
}

impl Default for Cifar10Config {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            validation: 0.1,
            augmentation: Augmentation { crop_padding: 4, flip: true, ..Augmentation::default() },
        }
    }
}

impl Cifar10Config {
    /// Reads all images.
    ///
    /// # Errors
    /// [`Error::Invalid`](smash_core::Error::Invalid) at a field; [`Error::Data`](smash_core::Error::Data)
    /// with the file that is missing or damaged.
    pub fn read(&self) -> Result<Examples> {
        FORMAT.read(&self.path, 0, self.validation, self.augmentation)
    }
}

#[typetag::serde(name = "cifar10")]
impl DatasetConfig for Cifar10Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<Cifar10Config>(Kind::Dataset, "cifar10", "CIFAR-10 from a folder in its original binary format or its .tar.gz.")
}

#[cfg(test)]
mod tests;

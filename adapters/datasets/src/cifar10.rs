//! CIFAR-10 from a folder in its original binary format.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;
use smash_core::{Error, Result};

use self::files::{CLASSES, PLANE, RECORD, Records};

mod files;

/// Mean and standard deviation of `value / 255` in each channel, over the 50,000 training images. The last digits are
/// those of the authors' code, so that ours gives the same numbers.
const STATISTICS: [(f32, f32); 3] =
    [(0.491_399_68, 0.247_032_33), (0.482_158_27, 0.243_485_05), (0.446_531_24, 0.261_587_68)];

/// CIFAR-10: colour photographs of 32×32 in 10 classes, read from a folder in the original binary format. All of its
/// 60,000 images or any part of them in that format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cifar10Config {
    /// The folder that holds `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, or the one that holds it as
    /// `cifar-10-batches-bin`.
    pub path: PathBuf,
    /// Share of the training images that ranks architectures instead: the last ones of the files, as in the paper.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Random changes of a training image; by default shifts by up to four pixels and mirroring. Naming one of its
    /// fields turns the other one off.
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

#[typetag::serde(name = "cifar10")]
impl DatasetConfig for Cifar10Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(Cifar10::open(self)?))
    }
}

inventory::submit! {
    Component::new::<Cifar10Config>(Kind::Dataset, "cifar10", "CIFAR-10 from a folder in its original binary format.")
}

/// The dataset of a [`Cifar10Config`]. Holds the images as bytes, in one piece; they become numbers when they are read.
#[derive(Clone, Debug)]
pub struct Cifar10 {
    task: Task,
    records: Records,
    /// The normalised value of each byte in each channel.
    values: Box<[[f32; 256]; 3]>,
    validation: f64,
    augmentation: Augmentation,
}

impl Cifar10 {
    /// Reads all images.
    ///
    /// # Errors
    /// [`Error::Invalid`] at a field of the configuration; [`Error::Data`] with the file that is missing or damaged.
    pub fn open(config: &Cifar10Config) -> Result<Self> {
        if config.path.as_os_str().is_empty() {
            let message =
                "expected the folder that holds data_batch_1.bin … test_batch.bin, found an empty path";
            return Err(Error::invalid("/path", message));
        }
        if !(config.validation > 0.0 && config.validation <= 0.5) {
            let message = format!("expected a fraction above 0, at most 0.5, found {}", config.validation);
            return Err(Error::invalid("/validation", message));
        }
        Ok(Self {
            task: Task { channels: STATISTICS.len(), extents: vec![32, 32], classes: CLASSES },
            records: Records::read(&config.path)?,
            values: Box::new(
                STATISTICS.map(|(mean, std)| std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / std)),
            ),
            validation: config.validation,
            augmentation: config.augmentation,
        })
    }

    fn record(&self, index: usize) -> &[u8] {
        &self.records.bytes[index * RECORD..(index + 1) * RECORD]
    }
}

impl Dataset for Cifar10 {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.records.bytes.len() / RECORD
    }

    fn label(&self, index: usize) -> usize {
        usize::from(self.record(index)[0])
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        let planes = self.record(index)[1..].chunks_exact(PLANE);
        for ((plane, values), out) in planes.zip(self.values.iter()).zip(out.chunks_exact_mut(PLANE)) {
            out.iter_mut().zip(plane).for_each(|(value, &byte)| *value = values[usize::from(byte)]);
        }
        Ok(())
    }

    fn splits(&self, _seed: Seed) -> Result<Splits> {
        Ok(Splits::last(0..self.records.train, self.validation, self.records.train..self.len()))
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }
}

#[cfg(test)]
mod tests;

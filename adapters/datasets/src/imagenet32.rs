//! Downsampled ImageNet: Imagenet16x16, Imagenet32x32 and Imagenet64x64.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset};
use smash_core::task::Task;
use smash_core::{Error, Result};

use self::files::Files;
use self::labels::Labels;
use crate::check::{self, bad};
use crate::stored::{ImageBlock, Images};

mod batch;
mod files;
mod labels;

/// The image sizes of the distribution.
const SIZES: [usize; 3] = [16, 32, 64];

/// Downsampled ImageNet: colour photographs of 16×16, 32×32 or 64×64 in 1,000 classes, from the batches as
/// they are distributed, `.npz` archives or pickles. Other photographs in that form may have other classes.
/// The images are read from the files on demand, except for compressed archives, which are decompressed in
/// memory. Each channel is normalised by its mean and standard deviation over some thousand images, evenly
/// spread over the training and validation splits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImageNet32Config {
    /// The folder that holds `train_data_batch_1` … `train_data_batch_10` and `val_data`, each a pickle or an
    /// `.npz` archive, or folders such as `Imagenet32_train` with them. Or `imagenet32_train.npz` and
    /// `imagenet32_val.npz`.
    pub path: PathBuf,
    /// Height and width of the images.
    #[schemars(extend("enum" = [16, 32, 64]))]
    pub size: usize,
    /// Number of classes; by default the number of different training labels, in which case every class must
    /// have an image.
    #[schemars(range(min = 2, max = 65536))]
    pub classes: Option<usize>,
    /// Validation split: share of the training images that rank architectures instead of training; the last
    /// ones of the files, as in the paper. `val_data` is the test split.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Augmentation of a training image; by default shifts by up to four pixels and mirroring (horizontal
    /// flips). Naming one of its fields turns the other one off.
    pub augmentation: Augmentation,
}

impl Default for ImageNet32Config {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            size: 32,
            classes: None,
            validation: 0.1,
            augmentation: Augmentation { crop_padding: 4, flip: true, ..Augmentation::default() },
        }
    }
}

impl ImageNet32Config {
    /// Reads all labels and locates the images.
    ///
    /// # Errors
    /// [`Error::Invalid`] at a field; [`Error::Data`] with the file that is missing or damaged.
    pub fn read(&self) -> Result<Images> {
        check::path(
            &self.path,
            "the folder that holds train_data_batch_1 … train_data_batch_10 and val_data",
        )?;
        check::validation(self.validation)?;
        if !SIZES.contains(&self.size) {
            return Err(Error::invalid("/size", format!("expected 16, 32 or 64, found {}", self.size)));
        }
        check::classes(self.classes)?;
        let files = Files::find(&self.path, self.size)?;
        let mut labels = Labels::default();
        let mut parts = Vec::new();
        for path in &files.train {
            let (part, numbers) = self.batch(path)?;
            labels.add(path, numbers);
            parts.push(part);
        }
        let train = labels.len();
        let classes = labels.classes(self.classes).map_err(|problem| bad(&self.path, problem))?;
        let (part, numbers) = self.batch(&files.test)?;
        labels.add(&files.test, numbers);
        parts.push(part);
        let task = Task { channels: 3, extents: vec![self.size; 2], classes };
        Images::new(task, labels.checked(classes)?, parts, train, self.validation, self.augmentation)
    }

    fn batch(&self, path: &Path) -> Result<(ImageBlock, Vec<i64>)> {
        batch::open(path, self.size).map_err(|problem| bad(path, problem))
    }
}

#[typetag::serde(name = "imagenet32")]
impl DatasetConfig for ImageNet32Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<ImageNet32Config>(Kind::Dataset, "imagenet32", "Downsampled ImageNet, 16×16 to 64×64, from its .npz or pickled batches.")
}

#[cfg(test)]
mod tests;

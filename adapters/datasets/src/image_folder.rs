//! Image folders: PNG and JPEG files, a folder for each class.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset, Normalise};
use smash_core::task::Task;
use smash_core::{Error, Result};

use self::folders::Folders;
use crate::check::{self, bad};
use crate::examples::{Examples, Validation, Values};

pub(crate) mod folders;
pub(crate) mod picture;
mod truncation;

/// Limit on the extents that images are resized to.
const LARGEST: usize = 512;

/// Colour images from PNG and JPEG files, a folder for each class, resized to one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImageFolderConfig {
    /// The folder that holds `train` and `test`, each with a folder for each class, or the class folders
    /// themselves. A folder `val` or `valid` beside `train` is the validation split. Without `test` the test
    /// split is drawn from the training images, as large as the validation split of each class.
    pub path: PathBuf,
    /// Height and width to which every image is resized, up to 512.
    #[schemars(inner(range(min = 1, max = 512)))]
    pub size: [usize; 2],
    /// Validation split: share of the training images of each class that rank architectures instead of
    /// training; drawn from the job's seed.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Normalisation of each channel; by default to the mean and standard deviation of the training split.
    pub normalise: Normalise,
    /// Augmentation of a training image; by default shifts by up to four pixels and mirroring (horizontal
    /// flips). Naming one of its fields turns the other one off.
    pub augmentation: Augmentation,
}

impl Default for ImageFolderConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            size: [32, 32],
            validation: 0.1,
            normalise: Normalise::default(),
            augmentation: Augmentation { crop_padding: 4, flip: true, ..Augmentation::default() },
        }
    }
}

impl ImageFolderConfig {
    /// Reads all images.
    ///
    /// # Errors
    /// [`Error::Invalid`] at a field; [`Error::Data`] with the file or folder that is missing or damaged.
    pub fn read(&self) -> Result<Examples> {
        check::path(&self.path, "a folder with a folder of images for each class")?;
        check::validation(self.validation)?;
        check::normalise(&self.normalise, 3)?;
        if self.size.iter().any(|extent| !(1..=LARGEST).contains(extent)) {
            let message = format!("expected a height and a width of 1 to {LARGEST}, found {:?}", self.size);
            return Err(Error::invalid("/size", message));
        }
        let Folders { classes, train, valid, test, valid_name, passed } = Folders::find(&self.path)?;
        let [trained, validates] = [train.len() + valid.len(), valid.len()];
        let files = [train, valid, test].concat();
        let pixels = self.pixels(&files)?;
        let validation = match validates {
            0 => Validation::Drawn(self.validation),
            valid => Validation::Given(valid, self.validation),
        };
        let given = |name| {
            format!("the validation split is the folder {name}: the field validation is not used for it")
        };
        let examples = Examples::new(
            Task { channels: 3, extents: self.size.to_vec(), classes: classes.len() },
            (files.into_iter().map(|(_, label)| label).collect(), Values::Bytes(pixels)),
            trained,
            None,
            validation,
            self.augmentation,
        );
        let notes = passed.note().into_iter().chain(valid_name.map(given));
        Ok(examples.normalised(&self.normalise).named(Some(classes)).noted(notes))
    }

    /// The channel planes of all images; an error names all that cannot be read.
    fn pixels(&self, files: &[(PathBuf, u16)]) -> Result<Vec<u8>> {
        let total = files.len() * 3 * self.size[0] * self.size[1];
        let mut pixels = check::reserve(total).map_err(|problem| bad(&self.path, problem))?;
        let mut faults = Vec::new();
        for (path, _) in files {
            match picture::read(path, self.size, 3) {
                Ok(image) if faults.is_empty() => pixels.extend(image),
                Ok(_) => {}
                Err(problem) => faults.push((path.clone(), problem)),
            }
        }
        if faults.is_empty() {
            return Ok(pixels);
        }
        let what = format!("of {} images cannot be read", files.len());
        Err(check::faults(&self.path, &what, faults))
    }
}

#[typetag::serde(name = "image_folder")]
impl DatasetConfig for ImageFolderConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<ImageFolderConfig>(Kind::Dataset, "image_folder", "PNG and JPEG files, a folder for each class.")
}

#[cfg(test)]
mod tests;

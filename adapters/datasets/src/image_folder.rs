//! Image folders: PNG and JPEG files, a folder for each class.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::imageops::FilterType;
use image::{ImageReader, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset, Normalise};
use smash_core::task::Task;
use smash_core::{Error, Result};

use self::truncation::check_complete;
use crate::arrays::to_planes;
use crate::check::{self, CLASSES, bad};
use crate::examples::{Examples, Validation, Values};

mod truncation;

/// Limit on the extents that images are resized to.
const LARGEST: usize = 512;

/// Limits on the bytes of a file, the extents of its image, and the entries of a folder: more is treated as
/// damage.
const LONGEST: u64 = 1 << 28;
const EXTENT: u32 = 1 << 14;
const ENTRIES: usize = 1 << 22;

/// Colour images from PNG and JPEG files, a folder for each class, resized to one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImageFolderConfig {
    /// The folder that holds `train` and `test`, each with a folder for each class, or the class folders
    /// themselves. In the second case the test split is drawn from the images, as large as the validation
    /// split of each class.
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
        let [train, test] = ["train", "test"].map(|part| self.path.join(part));
        let parted = train.is_dir();
        let root = if parted { &train } else { &self.path };
        let classes = entries(root, Path::is_dir)?;
        if !(2..=CLASSES).contains(&classes.len()) {
            let found = classes.len();
            return Err(bad(
                root,
                format!("expected 2 to {CLASSES} folders, one for each class, found {found}"),
            ));
        }
        let mut files = images(&classes)?;
        let trained = files.len();
        if parted {
            let name = |class: &PathBuf| class.file_name().map(|name| test.join(name)).unwrap_or_default();
            files.extend(images(&classes.iter().map(name).collect::<Vec<_>>())?);
        }
        let total = files.len() * 3 * self.size[0] * self.size[1];
        let mut pixels = check::reserve(total).map_err(|problem| bad(&self.path, problem))?;
        for (path, _) in &files {
            pixels.extend(self.image(path).map_err(|problem| bad(path, problem))?);
        }
        let examples = Examples::new(
            Task { channels: 3, extents: self.size.to_vec(), classes: classes.len() },
            (files.into_iter().map(|(_, label)| label).collect(), Values::Bytes(pixels)),
            trained,
            None,
            Validation::Drawn(self.validation),
            self.augmentation,
        );
        Ok(examples.normalised(&self.normalise))
    }

    /// Decodes and resizes an image to channel planes.
    fn image(&self, path: &Path) -> Result<Vec<u8>, String> {
        let (file, length) = check::open(path)?;
        if length > LONGEST {
            return Err(format!("expected an image of at most {LONGEST} bytes, found {length}"));
        }
        let bytes = check::bytes(file, length as usize)?;
        check_complete(&bytes)?;
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
        let mut reader = reader.map_err(|e| format!("expected a PNG or JPEG image: {e}"))?;
        let mut limits = Limits::default();
        (limits.max_image_width, limits.max_image_height) = (Some(EXTENT), Some(EXTENT));
        reader.limits(limits);
        let image = reader.decode().map_err(|e| format!("expected a whole PNG or JPEG image: {e}"))?;
        let [height, width] = self.size;
        let resized = image.resize_exact(width as u32, height as u32, FilterType::Triangle);
        let mut pixels = resized.into_rgb8().into_raw();
        to_planes(&mut pixels, 3, height * width);
        Ok(pixels)
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

/// The image files of the class folders, each with its label.
fn images(classes: &[PathBuf]) -> Result<Vec<(PathBuf, u16)>> {
    let mut images = Vec::new();
    for (label, class) in (0..).zip(classes) {
        let is_image = |path: &Path| {
            let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
            matches!(extension.as_deref(), Some("png" | "jpg" | "jpeg"))
        };
        let found = entries(class, is_image)?;
        if found.is_empty() {
            return Err(bad(class, "expected .png, .jpg or .jpeg files, found none"));
        }
        images.extend(found.into_iter().map(|path| (path, label)));
    }
    Ok(images)
}

/// The entries of a folder for which `kind` is true, sorted by name, without hidden ones.
fn entries(folder: &Path, kind: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let unreadable = |e: std::io::Error| bad(folder, format!("expected a folder: {e}"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_name().to_string_lossy().starts_with('.') && kind(&entry.path()) {
            paths.push(entry.path());
        }
        if paths.len() > ENTRIES {
            return Err(bad(folder, format!("expected at most {ENTRIES} entries, found more")));
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests;

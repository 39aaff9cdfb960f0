//! STL-10 in its original binary format: 3×96×96 bytes an image, each channel column after column; labels 1
//! to 10.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset};
use smash_core::task::Task;
use smash_core::{Error, Result};

use crate::check::{self, bad};
use crate::class_names;
use crate::examples::{Examples, Validation, Values};

const EXTENT: usize = 96;
const PLANE: usize = EXTENT * EXTENT;
const PIXELS: usize = 3 * PLANE;
const CLASSES: usize = 10;
const FOLDS: usize = 10;
const FOLD_FILE: &str = "fold_indices.txt";
const NAMES_FILE: &str = "class_names.txt";
const FOLDER: &str = "stl10_binary";

/// STL-10: colour photographs of 96×96 in 10 classes, 5,000 to train and 8,000 to test; its unlabelled images
/// are not read. Each channel is normalised by its mean and standard deviation over the training split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stl10Config {
    /// The folder that holds `train_X.bin`, `train_y.bin`, `test_X.bin` and `test_y.bin`, or the one that
    /// holds it as `stl10_binary`.
    pub path: PathBuf,
    /// One of the ten predefined folds, 0 to 9, of 1,000 training images each, in `fold_indices.txt`; by
    /// default all 5,000 images.
    #[schemars(range(max = 9))]
    pub fold: Option<usize>,
    /// Validation split: share of the training images of each class that rank architectures instead of
    /// training; drawn from the job's seed.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Augmentation of a training image; by default shifts by up to twelve pixels and mirroring (horizontal
    /// flips). Naming one of its fields turns the other one off.
    pub augmentation: Augmentation,
}

impl Default for Stl10Config {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            fold: None,
            validation: 0.1,
            augmentation: Augmentation { crop_padding: 12, flip: true, ..Augmentation::default() },
        }
    }
}

impl Stl10Config {
    /// Reads all images.
    ///
    /// # Errors
    /// [`Error::Invalid`] at a field; [`Error::Data`] with the file that is missing or damaged.
    pub fn read(&self) -> Result<Examples> {
        check::path(&self.path, "the folder that holds train_X.bin … test_y.bin")?;
        check::validation(self.validation)?;
        if let Some(fold) = self.fold.filter(|fold| *fold >= FOLDS) {
            let message = format!("expected a fold 0..{}, found {fold}", FOLDS - 1);
            return Err(Error::invalid("/fold", message));
        }
        let inner = self.path.join(FOLDER);
        let folder = if inner.is_dir() { &inner } else { &self.path };
        let mut pixels = Vec::new();
        let mut labels = append_split(folder, "train", 5_000, self.fold, &mut pixels)?;
        let train = labels.len();
        labels.extend(append_split(folder, "test", 8_000, None, &mut pixels)?);
        let names = class_names::file(&folder.join(NAMES_FILE), CLASSES);
        let examples = Examples::new(
            Task { channels: 3, extents: vec![EXTENT; 2], classes: CLASSES },
            (labels, Values::Bytes(pixels)),
            train,
            None,
            Validation::Drawn(self.validation),
            self.augmentation,
        );
        Ok(examples.named(Some(names.unwrap_or_else(|| class_names::words(class_names::STL10)))))
    }
}

#[typetag::serde(name = "stl10")]
impl DatasetConfig for Stl10Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<Stl10Config>(Kind::Dataset, "stl10", "STL-10 from a folder in its original binary format.")
}

/// Appends the images of the training or test files, or of a fold, and returns their labels.
fn append_split(
    folder: &Path,
    name: &str,
    most: usize,
    fold: Option<usize>,
    pixels: &mut Vec<u8>,
) -> Result<Vec<u16>> {
    let [x, y] = ["X", "y"].map(|what| folder.join(format!("{name}_{what}.bin")));
    let (file, count) = images(&x, most).map_err(|problem| bad(&x, problem))?;
    let labels = labels(&y, count).map_err(|problem| bad(&y, problem))?;
    let chosen = match fold {
        None => (0..count).collect(),
        Some(fold) => {
            let path = folder.join(FOLD_FILE);
            members(&path, fold, count).map_err(|problem| bad(&path, problem))?
        }
    };
    append(file, &chosen, pixels).map_err(|problem| bad(&x, problem))?;
    Ok(chosen.into_iter().map(|index| labels[index]).collect())
}

/// Opens a file of images and counts them.
fn images(path: &Path, most: usize) -> Result<(File, usize), String> {
    let (file, len) = check::open(path)?;
    let count = usize::try_from(len).unwrap_or(usize::MAX) / PIXELS;
    if count == 0 || count > most || len % PIXELS as u64 > 0 {
        return Err(format!("expected 1 to {most} images of {PIXELS} bytes, found {len} bytes"));
    }
    Ok((file, count))
}

fn labels(path: &Path, count: usize) -> Result<Vec<u16>, String> {
    let (mut file, len) = check::open(path)?;
    if len != count as u64 {
        return Err(format!("expected {count} labels, one for each image, found {len} bytes"));
    }
    let label = |(index, byte): (usize, u8)| match usize::from(byte) {
        1..=CLASSES => Ok(u16::from(byte) - 1),
        _ => Err(format!("label {index} (counted from 0): expected 1..{CLASSES}, found {byte}")),
    };
    check::bytes(&mut file, count)?.into_iter().enumerate().map(label).collect()
}

/// The indices of a fold's images: the file has a line for each fold.
fn members(path: &Path, fold: usize, count: usize) -> Result<Vec<usize>, String> {
    let (file, len) = check::open(path)?;
    let mut text = String::new();
    file.take(1 << 20).read_to_string(&mut text).map_err(|e| format!("expected lines of indices: {e}"))?;
    if len > 1 << 20 || text.lines().count() != FOLDS || !text.ends_with('\n') {
        return Err(format!("expected {FOLDS} whole lines of indices, one for each fold, found {len} bytes"));
    }
    let index = |word: &str| {
        let index = word.parse().ok().filter(|index| *index < count);
        index.ok_or_else(|| format!("fold {fold}: expected indices 0..{}, found {word:?}", count - 1))
    };
    let line = text.lines().nth(fold).unwrap_or_default();
    let mut members = line.split_whitespace().map(index).collect::<Result<Vec<_>, _>>()?;
    let listed = members.len();
    members.sort_unstable();
    members.dedup();
    if members.is_empty() || members.len() < listed {
        return Err(format!(
            "fold {fold}: expected different indices, found {listed} with {} different",
            members.len()
        ));
    }
    Ok(members)
}

/// Appends images, transposed from columns to rows.
fn append(file: File, chosen: &[usize], pixels: &mut Vec<u8>) -> Result<(), String> {
    let count = chosen.len() * PIXELS;
    pixels.try_reserve_exact(count).map_err(|e| format!("expected room for {count} bytes in memory: {e}"))?;
    let mut reader = BufReader::with_capacity(PIXELS, file);
    let mut image = vec![0; PIXELS];
    for &index in chosen {
        let cut = |e: std::io::Error| format!("expected image {index}, could not read it: {e}");
        reader.seek(SeekFrom::Start((index * PIXELS) as u64)).map_err(cut)?;
        reader.read_exact(&mut image).map_err(cut)?;
        for plane in image.chunks_exact(PLANE) {
            pixels.extend((0..PLANE).map(|at| plane[at % EXTENT * EXTENT + at / EXTENT]));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

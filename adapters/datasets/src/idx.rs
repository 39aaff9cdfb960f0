//! The idx format of MNIST and of the datasets that adopted it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset, Normalise};
use smash_core::task::Task;
use smash_core::{Error, Result};

use crate::arrays::{self, COMPRESSED};
use crate::check::{self, bad};
use crate::contents;
use crate::examples::{Examples, Validation, Values};
use crate::gzip::{self, Gzip};
use crate::listing::{self, Listing, PassedOver, ending};

/// MNIST, Fashion-MNIST, KMNIST and other sets of grey images in the idx format, 28×28 or of any one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdxConfig {
    /// The folder that holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`
    /// and `t10k-labels-idx1-ubyte`, each uncompressed or as `.gz`; also as `train-images.idx3-ubyte`, or
    /// with the name of a set before, as EMNIST has them.
    pub path: PathBuf,
    /// Number of classes.
    #[schemars(range(min = 2, max = 256))]
    pub classes: usize,
    /// Validation split: share of the training images of each class that rank architectures instead of
    /// training; drawn from the job's seed.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Normalisation of each channel; by default to the mean and standard deviation of the training split.
    pub normalise: Normalise,
    /// Augmentation of a training image; by default shifts by up to two pixels. A digit must not be mirrored.
    pub augmentation: Augmentation,
}

impl Default for IdxConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            classes: 10,
            validation: 0.1,
            normalise: Normalise::default(),
            augmentation: Augmentation { crop_padding: 2, ..Augmentation::default() },
        }
    }
}

impl IdxConfig {
    /// Reads all images.
    ///
    /// # Errors
    /// [`Error::Invalid`] at a field; [`Error::Data`] with the file that is missing or damaged.
    pub fn read(&self) -> Result<Examples> {
        check::path(&self.path, "the folder that holds train-images-idx3-ubyte")?;
        check::validation(self.validation)?;
        check::normalise(&self.normalise, 1)?;
        if !(2..=256).contains(&self.classes) {
            let message = format!("expected 2 to 256 classes, found {}", self.classes);
            return Err(Error::invalid("/classes", message));
        }
        let (extents, mut labels, mut pixels) = self.read_split("train", None)?;
        let train = labels.len();
        let (_, test_labels, test_pixels) = self.read_split("t10k", Some(&extents))?;
        labels.extend(test_labels);
        pixels.extend(test_pixels);
        let examples = Examples::new(
            Task { channels: 1, extents, classes: self.classes },
            (labels, Values::Bytes(pixels)),
            train,
            None,
            Validation::Drawn(self.validation),
            self.augmentation,
        );
        Ok(examples.normalised(&self.normalise))
    }

    /// Reads extents, labels and pixels of the training or test files; `same` are the extents that they must
    /// have.
    fn read_split(&self, name: &str, same: Option<&[usize]>) -> Result<(Vec<usize>, Vec<u16>, Vec<u8>)> {
        let images = self.file(name, "images", "idx3")?;
        let (shape, pixels) = array(&images, 3).map_err(|problem| bad(&images, problem))?;
        let (count, extents) = (shape[0], shape[1..].to_vec());
        if let Some(same) = same.filter(|same| *same != extents) {
            return Err(bad(
                &images,
                format!("expected images of {same:?} as in training, found {extents:?}"),
            ));
        }
        let path = self.file(name, "labels", "idx1")?;
        let (shape, labels) = array(&path, 1).map_err(|problem| bad(&path, problem))?;
        if shape[0] != count {
            return Err(bad(
                &path,
                format!("expected {count} labels, one for each image, found {}", shape[0]),
            ));
        }
        let wrong = labels.iter().enumerate().find(|(_, label)| usize::from(**label) >= self.classes);
        if let Some((index, label)) = wrong {
            let most = self.classes - 1;
            let problem = format!("label {index} (counted from 0): expected 0..{most}, found {label}");
            let help = if labels.contains(&0) {
                "is the dataset's number of classes right?"
            } else {
                "is the dataset's number of classes right? No label is 0: these count from 1, and one class more is \
                 right for them"
            };
            return Err(bad(&path, format!("{problem}; {help}")));
        }
        Ok((extents, labels.into_iter().map(u16::from).collect(), pixels))
    }

    /// The path of a file under one of the names it has: `train-images-idx3-ubyte`, with a point as other
    /// programs unpack it, or in a folder of its name, each as it is or as `.gz`; else the only file whose
    /// name ends so, as those of EMNIST do.
    fn file(&self, part: &str, what: &str, kind: &str) -> Result<PathBuf> {
        // Other sets call their test files by that word.
        let parts: &[&str] = if part == "t10k" { &["t10k", "test"] } else { &["train"] };
        let names = parts
            .iter()
            .flat_map(|part| ["-", "."].map(|dot| format!("{part}-{what}{dot}{kind}-ubyte")))
            .flat_map(|name| ["", ".gz", ".GZ"].map(|ending| (name.clone(), format!("{name}{ending}"))));
        let names: Vec<_> = names.collect();
        for (name, file) in &names {
            let places = [self.path.join(file), self.path.join(name).join(file)];
            if let Some(place) = places.into_iter().find(|place| place.is_file()) {
                return Ok(place);
            }
        }
        let here = Listing::of(&self.path, &mut PassedOver::below(&self.path))
            .map_or_else(|_| Vec::new(), |all| all.files);
        let ends = |found: &String| names.iter().any(|(_, file)| found.ends_with(&format!("-{file}")));
        match here.iter().map(|path| listing::name(path)).filter(ends).collect::<Vec<_>>().as_slice() {
            [] => Ok(self.path.join(format!("{part}-{what}-{kind}-ubyte"))),
            [one] => Ok(self.path.join(one)),
            several => Err(bad(
                &self.path,
                format!(
                    "expected one file of {part}-{what}, found {}: put those of one set into a folder of their own",
                    several.join(", ")
                ),
            )),
        }
    }
}

#[typetag::serde(name = "idx")]
impl DatasetConfig for IdxConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<IdxConfig>(Kind::Dataset, "idx", "MNIST and sets like it, from a folder of idx files.")
}

/// Reads the shape and the values of a file.
fn array(path: &Path, rank: u8) -> Result<(Vec<usize>, Vec<u8>), String> {
    let (file, len) = check::open(path)?;
    let mut file = BufReader::new(file);
    // By the first bytes, not the name: programs unpack a file and leave it its name.
    let begin = file.fill_buf().map_err(|e| format!("expected an idx file, could not read it: {e}"))?;
    if begin.starts_with(&gzip::MAGIC) {
        values(Gzip::new(file), rank, COMPRESSED)
    } else if ending(path) == "gz" && begin.first() != Some(&0) {
        Err(format!("expected a gzip stream of an idx file, found {}", contents::found(begin)))
    } else {
        values(file, rank, len)
    }
}

/// Parses the format: two zero bytes, the type, the rank, an extent of four bytes for each axis, then at most
/// `most` bytes of values.
fn values(mut reader: impl Read, rank: u8, most: u64) -> Result<(Vec<usize>, Vec<u8>), String> {
    let cut = |e: std::io::Error| format!("expected the header of an idx file, could not read it: {e}");
    let mut word = [0; 4];
    reader.read_exact(&mut word).map_err(cut)?;
    if word != [0, 0, 8, rank] {
        let mut begin = word.to_vec();
        // What else the file begins with may say what it is.
        let _ = reader.take(contents::LOOKED_AT as u64).read_to_end(&mut begin);
        let found = contents::known(&begin).map(|found| format!(": {found}")).unwrap_or_default();
        return Err(format!(
            "expected an idx file of bytes with {rank} axes, found the first bytes {word:?}{found}"
        ));
    }
    let mut shape = Vec::new();
    for _ in 0..rank {
        reader.read_exact(&mut word).map_err(cut)?;
        shape.push(u32::from_be_bytes(word) as usize);
    }
    let bytes = check::bytes(&mut reader, arrays::size(&shape, 1, most)?)?;
    check::expect_end(&mut reader)?;
    Ok((shape, bytes))
}

#[cfg(test)]
mod tests;

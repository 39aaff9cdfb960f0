//! NumPy's .npz archives: ZIP files of .npy arrays, stored or deflated.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::Dataset;
use zip::{CompressionMethod, ZipArchive};

use crate::arrays::{self, Arrays, ArraysConfig, COMPRESSED, Labels};
use crate::check;
use crate::elements::{self, Element};
use crate::examples::Examples;
use crate::npy::Header;

/// Examples from `.npz` files, as `numpy.savez(path, x=…, y=…)` and `numpy.savez_compressed` write them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NpzConfig(pub ArraysConfig);

impl NpzConfig {
    /// Reads all examples.
    ///
    /// # Errors
    /// [`Error::Invalid`](smash_core::Error::Invalid) at a field; [`Error::Data`](smash_core::Error::Data)
    /// with the file that is missing or damaged.
    pub fn read(&self) -> Result<Examples> {
        self.0.examples(read)
    }
}

#[typetag::serde(name = "npz")]
impl DatasetConfig for NpzConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<NpzConfig>(Kind::Dataset, "npz", "Examples from the arrays x and y of .npz files.")
}

/// Reads the arrays x and y of a file.
///
/// # Errors
/// What was expected and what was found.
pub(crate) fn read(path: &Path, labels: Labels) -> Result<Arrays, String> {
    let (file, _) = check::open(path)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| check::no_archive(path, e))?;
    let x = array(&mut archive, "x", labels)?;
    let labelled = labels == Labels::Needed || member(&archive, "y").is_some();
    let y = labelled.then(|| array(&mut archive, "y", labels)).transpose()?;
    let shape = x.shape;
    let x = elements::values(x.bytes, x.element).map_err(|problem| format!("x.npy: {problem}"))?;
    let numbers = |y: Stored| {
        elements::integers(&y.bytes, y.element)
            .and_then(|numbers| arrays::labels(numbers, &y.shape, &shape))
            .map_err(|problem| format!("y.npy: {problem}"))
    };
    let y = y.map(numbers).transpose()?;
    Ok(Arrays { shape, x, y })
}

/// An array as it is stored, in the order of rows.
struct Stored {
    shape: Vec<usize>,
    element: Element,
    bytes: Vec<u8>,
}

/// The name of an array's file in an archive. Archives of other tools may name their files from the folder
/// they lie in.
fn member(archive: &ZipArchive<BufReader<File>>, name: &str) -> Option<String> {
    let names = [format!("{name}.npy"), format!("./{name}.npy"), name.to_owned()];
    names.into_iter().find(|file| archive.index_for_name(file).is_some())
}

/// Reads an array to its end.
fn array(archive: &mut ZipArchive<BufReader<File>>, name: &str, labels: Labels) -> Result<Stored, String> {
    let found = archive.file_names().take(8).flatten().collect::<Vec<_>>().join(", ");
    // Where no labels are needed, a file of one array has no need to name it.
    let only = (labels == Labels::IfAny && archive.len() == 1).then(|| archive.file_names().flatten().next());
    let only = only.flatten().map(|name| name.to_string());
    let file = member(archive, name).or(only).unwrap_or_else(|| format!("{name}.npy"));
    let expected = match labels {
        Labels::Needed => "the arrays x.npy and y.npy",
        Labels::IfAny => "an array x.npy",
    };
    let mut file =
        archive.by_name(&file).map_err(|e| format!("expected {expected}, found {found}: {name}.npy: {e}"))?;
    let stored = file.compression() == CompressionMethod::Stored;
    let most = if stored { file.compressed_size() } else { COMPRESSED };
    let mut read = || {
        let Header { dtype, shape, fortran } = Header::read(&mut file)?;
        let element = Element::numpy(&dtype, name)?;
        let bytes = check::bytes(&mut file, arrays::size(&shape, element.width, most)?)?;
        check::expect_end(&mut file)?;
        let bytes = if fortran { elements::row_major(bytes, element.width, &shape)? } else { bytes };
        Ok(Stored { shape, element, bytes })
    };
    read().map_err(|problem: String| format!("{name}.npy: {problem}"))
}

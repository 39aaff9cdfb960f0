//! NumPy's .npz archives: ZIP files of .npy arrays, stored or deflated.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::Dataset;
use zip::{CompressionMethod, ZipArchive};

use crate::arrays::{self, Arrays, ArraysConfig, COMPRESSED};
use crate::check;
use crate::examples::{Examples, Values};
use crate::npy::{self, Header};

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

fn read(path: &Path) -> Result<Arrays, String> {
    let (file, _) = check::open(path)?;
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|e| format!("expected an .npz archive, which is a zip file: {e}"))?;
    let (shape, x) = array(&mut archive, "x", |header, file, most| {
        let width = match header.dtype.as_str() {
            "|u1" => 1,
            "<f4" => 4,
            other => return Err(format!("expected the type |u1 or <f4, found {other:?}")),
        };
        let bytes = check::bytes(&mut *file, arrays::size(&header.shape, width, most)?)?;
        let values = if width == 1 { Values::Bytes(bytes) } else { arrays::floats(&bytes)? };
        Ok((header.shape, values))
    })?;
    let y = array(&mut archive, "y", |header, file, _| {
        let count = arrays::labels(&header.shape, &shape)?;
        npy::integers(&mut BufReader::new(file), &header.dtype, count)
    })?;
    Ok(Arrays { shape, x, y })
}

/// Reads an array to its end; `values` reads its values and gets the limit on their bytes.
fn array<T>(
    archive: &mut ZipArchive<BufReader<File>>,
    name: &str,
    values: impl FnOnce(Header, &mut dyn Read, u64) -> Result<T, String>,
) -> Result<T, String> {
    let found = archive.file_names().take(8).flatten().collect::<Vec<_>>().join(", ");
    let mut file = archive
        .by_name(&format!("{name}.npy"))
        .map_err(|e| format!("expected the arrays x.npy and y.npy, found {found}: {name}.npy: {e}"))?;
    let stored = file.compression() == CompressionMethod::Stored;
    let most = if stored { file.compressed_size() } else { COMPRESSED };
    let read = || {
        let header = Header::read(&mut file)?;
        let values = values(header, &mut file, most)?;
        check::expect_end(&mut file)?;
        Ok(values)
    };
    read().map_err(|problem: String| format!("{name}.npy: {problem}"))
}

//! Finds the batch files.

use std::fs;
use std::path::{Path, PathBuf};

use smash_core::Result;

use crate::check::bad;

/// Limit on the folders that are searched.
const FOLDERS: usize = 64;

/// The training batches, in order, and the test batch.
pub(super) struct Files {
    pub(super) train: Vec<PathBuf>,
    pub(super) test: PathBuf,
}

impl Files {
    /// Searches a folder, and the folders in it that are named like the distributed archives.
    pub(super) fn find(path: &Path, size: usize) -> Result<Self> {
        let folders = folders(path, size)?;
        let find = |name: &str| {
            let names = ["", ".npz", ".NPZ"].map(|ending| format!("{name}{ending}"));
            let places = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
            places.into_iter().find(|place| place.is_file())
        };
        let help =
            "get it from https://image-net.org and name the folder that holds it as the dataset's path";
        let expect = |name: &str| {
            let missing = || bad(path, format!("expected {name} or {name}.npz, found neither; {help}"));
            find(name).ok_or_else(missing)
        };
        if let Some(train) = find(&format!("imagenet{size}_train")) {
            return Ok(Self { train: vec![train], test: expect(&format!("imagenet{size}_val"))? });
        }
        let train = (1..=10).map(|number| expect(&format!("train_data_batch_{number}")));
        Ok(Self { train: train.collect::<Result<_>>()?, test: expect("val_data")? })
    }
}

fn folders(path: &Path, size: usize) -> Result<Vec<PathBuf>> {
    let unreadable = |e: std::io::Error| bad(path, format!("expected a folder: {e}"));
    let mut folders = vec![path.to_path_buf()];
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if name.starts_with(&format!("imagenet{size}_")) && entry.path().is_dir() {
            folders.push(entry.path());
        }
        if folders.len() > FOLDERS {
            return Err(bad(
                path,
                format!("expected at most {FOLDERS} folders imagenet{size}_…, found more"),
            ));
        }
    }
    folders[1..].sort_unstable();
    Ok(folders)
}

//! `ModelNet10/<class>/{train,test}/*.npy`: one 32³ grid a file.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use smash_core::Result;

use super::CLASSES;
use super::grid::{EXTENT, VOXELS};
use super::objects::{MOST, Objects};
use crate::check::bad;
use crate::npy::Header;

/// The folder's name in the archive of the meshes.
pub(super) const NAME: &str = "ModelNet10";

/// The folder with the classes: the given one or the one in it.
pub(super) fn find(path: &Path) -> Option<PathBuf> {
    let has_classes = |path: &PathBuf| CLASSES.iter().any(|class| path.join(class).is_dir());
    [path.to_path_buf(), path.join(NAME)].into_iter().find(has_classes)
}

/// Adds the objects of a part, class after class.
pub(super) fn read(classes: &Path, part: &str, objects: &mut Objects) -> Result<()> {
    for (label, class) in CLASSES.iter().enumerate() {
        read_class(&classes.join(class).join(part), label, objects)?;
    }
    Ok(())
}

/// Adds the grids of a folder, in the order of their names.
fn read_class(folder: &Path, label: usize, objects: &mut Objects) -> Result<()> {
    let unreadable = |e: std::io::Error| bad(folder, format!("expected a folder of .npy grids: {e}"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "npy") {
            paths.push(path);
        }
        if paths.len() > MOST {
            return Err(bad(folder, format!("expected at most {MOST} .npy grids, found more")));
        }
    }
    if paths.is_empty() {
        return Err(bad(folder, "expected .npy grids of 32×32×32 bytes, found none"));
    }
    paths.sort_unstable();
    let mut voxels = vec![0; VOXELS];
    for path in paths {
        read_grid(&path, &mut voxels).map_err(|problem| bad(&path, problem))?;
        objects.push(label, objects.grids.len());
        objects.grids.push(&voxels).map_err(|problem| bad(&path, problem))?;
    }
    Ok(())
}

fn read_grid(path: &Path, voxels: &mut [u8]) -> Result<(), String> {
    let file = File::open(path).map_err(|e| format!("cannot be opened: {e}"))?;
    let mut file = BufReader::new(file);
    let Header { dtype, shape } = Header::read(&mut file)?;
    if !matches!(dtype.as_str(), "|u1" | "|b1") || shape != [EXTENT; 3] {
        return Err(format!(
            "expected bytes (uint8 or bool) of shape {:?}, found {dtype} of shape {shape:?}",
            [EXTENT; 3]
        ));
    }
    file.read_exact(voxels).map_err(|e| format!("truncated: expected {VOXELS} voxels: {e}"))?;
    match file.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(format!("expected {VOXELS} voxels, found more bytes behind them")),
        Err(e) => Err(format!("could not be read to its end: {e}")),
    }
}

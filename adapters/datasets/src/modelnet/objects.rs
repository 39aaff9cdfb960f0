//! The objects that were read: grids, labels, and the size of the training set.

use std::path::Path;

use smash_core::Result;

use super::meshes::Meshes;
use super::{Set, archive, folder};
use crate::check::bad;
use crate::listing::PassedOver;
use crate::voxels::Grids;

/// Limit on the objects of a split, or of a class in it: ModelNet40 has 9,843 training objects.
pub(super) const MOST: usize = 16_384;

/// Poses in an archive: rotations about the vertical axis.
pub(super) const STORED: usize = 24;

/// An object and the index of its first grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) label: usize,
    /// Index of its first grid.
    pub(super) grid: usize,
    /// Its number within its class and split.
    pub(super) number: usize,
}

/// All objects, the training ones first. Within a split the classes alternate as evenly as they can: the
/// first examples of a split contain all classes.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) grids: Grids,
    pub(super) list: Vec<Object>,
    pub(super) train: usize,
    /// True when the grids of an object are its poses, one after the other; otherwise each object has one
    /// grid.
    pub(super) posed: bool,
    pub(super) passed: PassedOver,
}

impl Objects {
    /// Reads the class folders or the archives, whichever the path holds.
    pub(super) fn read(set: &Set, path: &Path, meshes: &Meshes) -> Result<Self> {
        let Set { name, stem, classes } = *set;
        let help =
            format!("name the folder {name} of 32³ grids or .off meshes, or one of {stem}_rot24_*.npz files");
        if !path.is_dir() {
            let found = if path.exists() { "a file" } else { "nothing" };
            return Err(bad(path, format!("expected a folder, found {found}; {help}")));
        }
        let [train, test] = ["train", "test"].map(|part| format!("{stem}_rot24_{part}.npz"));
        let archives = [&train, &test].map(|name| path.join(name));
        let mut objects = Self::default();
        if let Some(folder) = folder::find(path, set) {
            let format = folder::Format::find(&folder, classes)?;
            objects.posed = format == folder::Format::Off;
            objects.passed = PassedOver::below(&folder);
            folder::pass_over(&folder, classes, &mut objects.passed)?;
            for part in ["train", "test"] {
                objects
                    .append_split(|objects| folder::read(&folder, classes, part, format, meshes, objects))?;
            }
        } else if archives.iter().any(|archive| archive.exists()) {
            objects.posed = true;
            for archive in &archives {
                objects
                    .append_split(|objects| archive::read(archive, classes.len(), meshes.poses, objects))?;
            }
        } else {
            let [first, .., last] = classes else { return Ok(objects) };
            return Err(bad(
                path,
                format!(
                    "expected folders {first} … {last} with train/ and test/, a folder {name} with them, or {train} \
                     and {test}, found none of them; {help}"
                ),
            ));
        }
        Ok(objects)
    }

    /// Adds an object whose grids begin at `grid`.
    pub(super) fn push(&mut self, label: usize, grid: usize) {
        self.list.push(Object { label, grid, number: 0 });
    }

    /// Reads a split and sorts it. The first one is the training split.
    fn append_split(&mut self, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let begin = self.list.len();
        read(self)?;
        let part = &mut self.list[begin..];
        let classes = part.iter().map(|object| object.label + 1).max().unwrap_or(0);
        let mut counts = vec![0; classes];
        for object in &mut *part {
            object.number = counts[object.label];
            counts[object.label] += 1;
        }
        // Sorted by how far an object is along its class, (2·number + 1) / (2·count), compared without
        // division.
        part.sort_by(|a, b| {
            let along = |object: &Object, other: &Object| (2 * object.number + 1) * counts[other.label];
            along(a, b).cmp(&along(b, a)).then(a.label.cmp(&b.label))
        });
        if begin == 0 {
            self.train = self.list.len();
        }
        Ok(())
    }
}

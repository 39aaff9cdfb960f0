//! Objects as they were read: grids, labels and which of them train.

use std::path::Path;

use smash_core::Result;

use super::meshes::Meshes;
use super::{Set, archive, folder};
use crate::check::bad;
use crate::voxels::Grids;

/// Most objects of a part, or of a class of it: ModelNet40 has 9,843 to train on.
pub(super) const MOST: usize = 16_384;

/// Poses in an archive: turns about the vertical axis.
pub(super) const STORED: usize = 24;

/// An object and where its grids begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) label: usize,
    /// Its first grid.
    pub(super) grid: usize,
    /// Its number within its class and part.
    pub(super) number: usize,
}

/// All objects, those that train first. Within a part the classes alternate, each as evenly as it can: whatever looks at
/// the first examples of a part only sees all classes.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) grids: Grids,
    pub(super) list: Vec<Object>,
    pub(super) train: usize,
    /// True when the grids of an object are its poses, one after the other; otherwise each has one grid.
    pub(super) posed: bool,
}

impl Objects {
    /// Reads whichever of the two forms the path holds.
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
            for part in ["train", "test"] {
                objects.part(|objects| folder::read(&folder, classes, part, format, meshes, objects))?;
            }
        } else if archives.iter().any(|archive| archive.exists()) {
            objects.posed = true;
            for archive in &archives {
                objects.part(|objects| archive::read(archive, classes.len(), meshes.poses, objects))?;
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

    /// Reads a part and puts it in order. The first one trains.
    fn part(&mut self, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let begin = self.list.len();
        read(self)?;
        let part = &mut self.list[begin..];
        let classes = part.iter().map(|object| object.label + 1).max().unwrap_or(0);
        let mut counts = vec![0; classes];
        for object in &mut *part {
            object.number = counts[object.label];
            counts[object.label] += 1;
        }
        // By how far an object is along its class, (2·number + 1) / (2·count), compared without dividing.
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

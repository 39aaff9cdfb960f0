//! Objects as they were read: grids, labels and which of them train.

use std::path::Path;

use smash_core::Result;

use super::grid::Grids;
use super::{CLASSES, archive, folder};
use crate::check::bad;

/// Most objects of a part, or of a class of it: ModelNet40 has 9,843 to train on.
pub(super) const MOST: usize = 16_384;

/// Poses in an archive: turns about the vertical axis.
pub(super) const STORED: usize = 24;

const HELP: &str = "name the folder ModelNet10 of 32³ .npy grids, or one of modelnet10_rot24_*.npz files";

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
    pub(super) fn read(path: &Path, poses: usize) -> Result<Self> {
        if !path.is_dir() {
            let found = if path.exists() { "a file" } else { "nothing" };
            return Err(bad(path, format!("expected a folder, found {found}; {HELP}")));
        }
        let archives = archive::NAMES.map(|name| path.join(name));
        let mut objects = Self::default();
        if let Some(classes) = folder::find(path) {
            objects.part(|objects| folder::read(&classes, "train", objects))?;
            objects.train = objects.list.len();
            objects.part(|objects| folder::read(&classes, "test", objects))?;
        } else if archives.iter().any(|archive| archive.exists()) {
            objects.posed = true;
            objects.part(|objects| archive::read(&archives[0], poses, objects))?;
            objects.train = objects.list.len();
            objects.part(|objects| archive::read(&archives[1], poses, objects))?;
        } else {
            let [train, test] = archive::NAMES;
            let (first, last, name) = (CLASSES[0], CLASSES[CLASSES.len() - 1], folder::NAME);
            return Err(bad(
                path,
                format!(
                    "expected folders {first} … {last} with train/*.npy and test/*.npy, a folder {name} with them, or \
                     {train} and {test}, found none of them; {HELP}"
                ),
            ));
        }
        Ok(objects)
    }

    /// Adds an object whose grids begin at `grid`.
    pub(super) fn push(&mut self, label: usize, grid: usize) {
        self.list.push(Object { label, grid, number: 0 });
    }

    /// Reads a part and puts it in order.
    fn part(&mut self, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let begin = self.list.len();
        read(self)?;
        let part = &mut self.list[begin..];
        let mut counts = [0; CLASSES.len()];
        for object in &mut *part {
            object.number = counts[object.label];
            counts[object.label] += 1;
        }
        // By how far an object is along its class, (2·number + 1) / (2·count), compared without dividing.
        part.sort_by(|a, b| {
            let along = |object: &Object, other: &Object| (2 * object.number + 1) * counts[other.label];
            along(a, b).cmp(&along(b, a)).then(a.label.cmp(&b.label))
        });
        Ok(())
    }
}

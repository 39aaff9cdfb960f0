//! Objects as they were read: grids, labels and which of them train.

use std::path::Path;

use smash_core::{Error, Result};

use super::grid::Grids;
use super::{CLASSES, archive, folder};

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
    pub(super) fn read(path: &Path, poses: usize) -> Result<Self> {
        let help = "name the folder ModelNet10 of 32³ .npy grids, or one of modelnet10_rot24_*.npz files";
        if !path.is_dir() {
            let found = if path.exists() { "a file" } else { "nothing" };
            return Err(Error::Data(format!("{}: expected a folder, found {found}; {help}", path.display())));
        }
        let archives = archive::NAMES.map(|name| path.join(name));
        let mut objects = Self::default();
        if let Some(classes) = folder::find(path) {
            for part in ["train", "test"] {
                let begin = objects.list.len();
                for (label, class) in CLASSES.iter().enumerate() {
                    folder::read(&classes.join(class).join(part), label, &mut objects)?;
                }
                objects.end_part(begin, part);
            }
        } else if archives.iter().any(|archive| archive.exists()) {
            objects.posed = true;
            for (archive, part) in archives.iter().zip(["train", "test"]) {
                let begin = objects.list.len();
                archive::read(archive, poses, &mut objects)?;
                objects.end_part(begin, part);
            }
        } else {
            return Err(Error::Data(format!(
                "{}: expected folders {} … {} with train/*.npy and test/*.npy, a folder {} with them, or {} and {}, \
                 found none of them; {help}",
                path.display(),
                CLASSES[0],
                CLASSES[CLASSES.len() - 1],
                folder::NAME,
                archive::NAMES[0],
                archive::NAMES[1],
            )));
        }
        Ok(objects)
    }

    /// Adds an object whose grids begin at `grid`.
    pub(super) fn push(&mut self, label: usize, grid: usize) {
        self.list.push(Object { label, grid, number: 0 });
    }

    fn end_part(&mut self, begin: usize, part: &str) {
        let mut counts = [0; CLASSES.len()];
        for object in &mut self.list[begin..] {
            object.number = counts[object.label];
            counts[object.label] += 1;
        }
        // The middle of its share of the part, in halves: a stable order on whole numbers.
        self.list[begin..].sort_by(|a, b| {
            let at = |o: &Object, other: &Object| (2 * o.number + 1) * counts[other.label];
            at(a, b).cmp(&at(b, a)).then(a.label.cmp(&b.label))
        });
        if part == "train" {
            self.train = self.list.len();
        }
    }
}

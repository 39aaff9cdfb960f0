//! Class folders, `<class>/{train,test}/*`: one grid or one mesh a file.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use smash_core::Result;
use zip::ZipArchive;

use super::meshes::Meshes;
use super::objects::{MOST, Objects};
use super::{Set, binvox};
use crate::check::{self, bad};
use crate::elements::{self, Element};
use crate::listing::{Listing, PassedOver, Reason, ending, name};
use crate::npy::Header;
use crate::voxels::{Columns, EXTENT, VOXELS, columns};

/// Number of files that are read in parallel before their objects are added.
const CHUNK: usize = 256;

/// The file formats, in order of preference: programs that voxelise leave their grids beside the meshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Npy,
    Npz,
    Binvox,
    Off,
}

impl Format {
    const ALL: [Self; 4] = [Self::Npy, Self::Npz, Self::Binvox, Self::Off];

    /// The format of one object's file, by the ending of its name; `None` for other files and for archives of
    /// many objects.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let archive = name(path).contains("_rot24_");
        Self::ALL.into_iter().find(|format| !archive && format.extension() == ending(path))
    }

    /// The preferred format in the first class that has training objects.
    pub(super) fn find(folder: &Path, classes: &[&str]) -> Result<Self> {
        let parts = classes.iter().map(|class| folder.join(class).join("train"));
        let format = |part: PathBuf| {
            let mut unused = PassedOver::below(folder);
            Self::ALL.into_iter().find(|format| format.files(&part, &mut unused).is_ok())
        };
        parts.filter(|part| part.is_dir()).find_map(format).ok_or_else(|| {
            bad(folder, "expected folders <class>/train with .npy, .npz, .binvox or .off files, found none")
        })
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Binvox => "binvox",
            Self::Off => "off",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Npy => ".npy grids of 32×32×32 bytes",
            Self::Npz => ".npz archives of one grid of 32×32×32 bytes",
            Self::Binvox => ".binvox grids of 32×32×32 voxels",
            Self::Off => ".off meshes",
        }
    }

    /// The files of a folder in this format, sorted by name; the others are passed over.
    fn files(self, folder: &Path, passed: &mut PassedOver) -> Result<Vec<PathBuf>> {
        let what = self.what();
        // Read once more by the listing, whose error names no format.
        if let Err(e) = std::fs::read_dir(folder) {
            return Err(bad(folder, format!("expected a folder of {what}: {e}")));
        }
        let listing = Listing::of(folder, passed)?;
        let (files, others): (Vec<_>, Vec<_>) =
            listing.files.into_iter().partition(|file| ending(file) == self.extension());
        if files.len() > MOST {
            return Err(bad(folder, format!("expected at most {MOST} {what}, found more")));
        }
        if files.is_empty() {
            return Err(bad(folder, format!("expected {what}, found none")));
        }
        for file in others {
            let known = Self::ALL.iter().any(|format| format.extension() == ending(&file));
            passed.add(if known { Reason::Format } else { Reason::Other }, &file);
        }
        for inner in &listing.folders {
            passed.add(Reason::Nested, inner);
        }
        Ok(files)
    }

    /// The grid of a file, or the grids of all poses of a mesh.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub(crate) fn grids(self, path: &Path, meshes: &Meshes) -> Result<Columns, String> {
        let open = || check::open(path).map(|(file, _)| BufReader::new(file));
        let voxels = match self {
            Self::Npy => npy(&mut open()?)?,
            Self::Npz => npz(path, open()?)?,
            Self::Binvox => binvox::read(path)?,
            Self::Off => return meshes.grids(path),
        };
        columns(&voxels)
    }
}

/// The folder with the classes: the given one or the one inside it.
pub(super) fn find(path: &Path, set: &Set) -> Option<PathBuf> {
    let has_classes = |path: &PathBuf| set.classes.iter().any(|class| path.join(class).is_dir());
    [path.to_path_buf(), path.join(set.name)].into_iter().find(has_classes)
}

/// Passes over what is beside the class folders, and beside the two parts in each of them.
pub(super) fn pass_over(folder: &Path, classes: &[&str], passed: &mut PassedOver) -> Result<()> {
    let listing = Listing::of(folder, passed)?;
    passed.add_all(&listing.files, |_| Reason::Other);
    for class in &listing.folders {
        if !classes.contains(&name(class).as_str()) {
            passed.add(Reason::Folder, class);
            continue;
        }
        let inner = Listing::of(class, passed)?;
        for other in inner.folders.iter().filter(|part| !["train", "test"].contains(&name(part).as_str())) {
            passed.add(Reason::Folder, other);
        }
        passed.add_all(&inner.files, |_| Reason::Beside);
    }
    Ok(())
}

/// Reads the objects of a split, class after class. Files are read on threads that end with it; the result
/// does not depend on their number. The threads that rayon shares within a process are left alone: a forked
/// child would wait for those of its parent.
pub(super) fn read(
    folder: &Path,
    classes: &[&str],
    part: &str,
    format: Format,
    meshes: &Meshes,
    objects: &mut Objects,
) -> Result<()> {
    let pool =
        ThreadPoolBuilder::new().num_threads(meshes.threads).thread_name(|i| format!("smash-meshes-{i}"));
    let pool = pool.build().map_err(|e| bad(folder, format!("cannot start threads to read it: {e}")))?;
    let mut faults = Vec::new();
    for (label, class) in classes.iter().enumerate() {
        let paths = match format.files(&folder.join(class).join(part), &mut objects.passed) {
            // Faulty files are named before a folder that is missing.
            Err(_) if !faults.is_empty() => continue,
            paths => paths?,
        };
        for paths in paths.chunks(CHUNK) {
            let read: Vec<_> =
                pool.install(|| paths.par_iter().map(|path| format.grids(path, meshes)).collect());
            for (grids, path) in read.into_iter().zip(paths) {
                objects.push(label, objects.grids.len());
                // After the first fault the others are only looked for.
                let added = match grids {
                    Ok(_) if !faults.is_empty() => Ok(()),
                    grids => grids.and_then(|grids| objects.grids.push(&grids)),
                };
                faults.extend(added.err().map(|problem| (path.clone(), problem)));
            }
        }
    }
    if !faults.is_empty() {
        return Err(check::faults(folder, "objects cannot be read", faults));
    }
    Ok(())
}

fn npy(file: &mut impl Read) -> Result<Vec<u8>, String> {
    let Header { dtype, shape, fortran } = Header::read(file)?;
    // An axis of one channel, at either end, is no more than the grid.
    let grid: Vec<usize> = shape.iter().copied().filter(|extent| *extent != 1).collect();
    let element = Element::numpy(&dtype, "grid")?;
    if grid != [EXTENT; 3] {
        return Err(format!(
            "expected bytes (uint8 or bool) of shape {:?}, found {dtype} of shape {shape:?}",
            [EXTENT; 3]
        ));
    }
    let stored = check::bytes(&mut *file, VOXELS * element.width)
        .map_err(|problem| problem.replacen("expected", &format!("expected {VOXELS} voxels,"), 1))?;
    check::expect_end(file)?;
    let stored = if fortran { elements::row_major(stored, element.width, &grid)? } else { stored };
    if element.width == 1 {
        return Ok(stored);
    }
    let numbers =
        elements::integers(&stored, element).map_err(|problem| problem.replace("label", "voxel"))?;
    numbers
        .iter()
        .map(|number| {
            u8::try_from(*number).map_err(|_| format!("expected 0 or 1 in a voxel, found {number}"))
        })
        .collect()
}

fn npz(path: &Path, file: BufReader<File>) -> Result<Vec<u8>, String> {
    let mut archive = ZipArchive::new(file).map_err(|e| check::no_archive(path, e))?;
    if archive.len() != 1 {
        return Err(format!("expected one array, found {}", archive.len()));
    }
    let mut array = archive.by_index(0).map_err(|e| format!("expected one array: {e}"))?;
    npy(&mut array)
}

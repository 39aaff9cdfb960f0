//! Class folders, `<class>/{train,test}/*`: one grid or one mesh a file.

use std::fs::{self, File};
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
use crate::npy::Header;
use crate::voxels::{Columns, EXTENT, VOXELS, columns};

/// Number of files that are read in parallel before their objects are added: an error stops at the first
/// faulty file.
const CHUNK: usize = 256;

/// The file formats, in order of preference: programs that voxelise leave their grids beside the meshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Npy,
    Npz,
    Binvox,
    Off,
}

impl Format {
    const ALL: [Self; 4] = [Self::Npy, Self::Npz, Self::Binvox, Self::Off];

    /// The preferred format in the first class that has training objects.
    pub(super) fn find(folder: &Path, classes: &[&str]) -> Result<Self> {
        let parts = classes.iter().map(|class| folder.join(class).join("train"));
        let format = |part: PathBuf| Self::ALL.into_iter().find(|format| format.files(&part).is_ok());
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

    /// The files of a folder in this format, sorted by name.
    fn files(self, folder: &Path) -> Result<Vec<PathBuf>> {
        let what = self.what();
        let unreadable = |e: std::io::Error| bad(folder, format!("expected a folder of {what}: {e}"));
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == self.extension()) {
                paths.push(path);
            }
            if paths.len() > MOST {
                return Err(bad(folder, format!("expected at most {MOST} {what}, found more")));
            }
        }
        if paths.is_empty() {
            return Err(bad(folder, format!("expected {what}, found none")));
        }
        paths.sort_unstable();
        Ok(paths)
    }

    /// The grid of a file, or the grids of all poses of a mesh.
    pub(super) fn grids(self, path: &Path, meshes: &Meshes) -> Result<Columns, String> {
        let open = || check::open(path).map(|(file, _)| BufReader::new(file));
        let voxels = match self {
            Self::Npy => npy(&mut open()?)?,
            Self::Npz => npz(open()?)?,
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
    for (label, class) in classes.iter().enumerate() {
        for paths in format.files(&folder.join(class).join(part))?.chunks(CHUNK) {
            let read: Vec<_> =
                pool.install(|| paths.par_iter().map(|path| format.grids(path, meshes)).collect());
            for (grids, path) in read.into_iter().zip(paths) {
                objects.push(label, objects.grids.len());
                grids.and_then(|grids| objects.grids.push(&grids)).map_err(|problem| bad(path, problem))?;
            }
        }
    }
    Ok(())
}

fn npy(file: &mut impl Read) -> Result<Vec<u8>, String> {
    let Header { dtype, shape } = Header::read(file)?;
    if !matches!(dtype.as_str(), "|u1" | "|b1") || shape != [EXTENT; 3] {
        return Err(format!(
            "expected bytes (uint8 or bool) of shape {:?}, found {dtype} of shape {shape:?}",
            [EXTENT; 3]
        ));
    }
    let mut voxels = vec![0; VOXELS];
    file.read_exact(&mut voxels).map_err(|e| format!("truncated: expected {VOXELS} voxels: {e}"))?;
    check::expect_end(file)?;
    Ok(voxels)
}

fn npz(file: BufReader<File>) -> Result<Vec<u8>, String> {
    let archive =
        ZipArchive::new(file).map_err(|e| format!("expected an .npz archive, which is a zip file: {e}"));
    let mut archive = archive?;
    if archive.len() != 1 {
        return Err(format!("expected one array, found {}", archive.len()));
    }
    let mut array = archive.by_index(0).map_err(|e| format!("expected one array: {e}"))?;
    npy(&mut array)
}

//! Where a library may lie, and who may have written it.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::Fault;

/// The library of a manifest, with links followed: a regular file below the manifest's folder that only root or the
/// current user can have written, as can be said of the manifest and of every folder between them.
pub(super) fn library(manifest: &Path, library: &str) -> Result<PathBuf, Fault> {
    let plain = |part| matches!(part, Component::Normal(_));
    if library.is_empty() || !Path::new(library).components().all(plain) {
        return Err(Fault::Path { library: library.to_owned() });
    }
    let resolved = |path: &Path| {
        fs::canonicalize(path).map_err(|source| Fault::Unreadable { path: path.to_owned(), source })
    };
    let folder = match manifest.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => resolved(parent)?,
        _ => resolved(Path::new("."))?,
    };
    let path = resolved(&folder.join(library))?;
    let Ok(below) = path.strip_prefix(&folder) else { return Err(Fault::Outside { path }) };
    let trusted = |path: &Path| -> Result<Metadata, Fault> {
        let metadata =
            fs::metadata(path).map_err(|source| Fault::Unreadable { path: path.to_owned(), source })?;
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Err(Fault::Owner { path: path.to_owned(), owner });
        }
        // Whoever can write to a folder can put another file in this one's place.
        if mode & 0o022 != 0 {
            return Err(Fault::Writable { path: path.to_owned(), mode });
        }
        Ok(metadata)
    };
    trusted(manifest)?;
    let mut between = folder;
    trusted(&between)?;
    let mut metadata = None;
    for part in below.components() {
        between.push(part);
        metadata = Some(trusted(&between)?);
    }
    match metadata {
        Some(metadata) if metadata.is_file() => Ok(path),
        _ => Err(Fault::NotAFile { path }),
    }
}

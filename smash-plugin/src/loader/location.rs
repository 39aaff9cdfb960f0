//! Checks on a library's location, owner and permissions.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::LoadError;

/// The path of a manifest's library with symbolic links followed: a regular file below the manifest's folder
/// which, like the manifest and every folder between them, only root or the current user can have written.
pub(super) fn library(manifest: &Path, library: &str) -> Result<PathBuf, LoadError> {
    let plain = |part| matches!(part, Component::Normal(_));
    if library.is_empty() || !Path::new(library).components().all(plain) {
        return Err(LoadError::Path { library: library.to_owned() });
    }
    let resolved = |path: &Path| {
        fs::canonicalize(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })
    };
    let folder = match manifest.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => resolved(parent)?,
        _ => resolved(Path::new("."))?,
    };
    let path = resolved(&folder.join(library))?;
    let Ok(below) = path.strip_prefix(&folder) else { return Err(LoadError::Outside { path }) };
    let trusted = |path: &Path| -> Result<Metadata, LoadError> {
        let metadata =
            fs::metadata(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Err(LoadError::Owner { path: path.to_owned(), owner });
        }
        // Write permission on a folder is enough to replace a file in it.
        if mode & 0o022 != 0 {
            return Err(LoadError::Writable { path: path.to_owned(), mode });
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
        _ => Err(LoadError::NotAFile { path }),
    }
}

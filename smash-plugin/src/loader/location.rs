//! Where a plugin's library is.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::LoadError;
use super::trust;

/// The path of a manifest's library with symbolic links followed: below the manifest's folder, and like the
/// manifest and every folder on the way something that only root or the current user can have written. To the
/// manifest's folder and those below nobody else may add a file either: the dynamic linker may find there
/// what the library needs (`$ORIGIN`).
pub(super) fn library(manifest: &Path, library: &str) -> Result<PathBuf, LoadError> {
    let plain = |part| matches!(part, Component::Normal(_));
    if library.is_empty() || !Path::new(library).components().all(plain) {
        return Err(LoadError::Path { library: library.to_owned() });
    }
    let own = |path: &Path| {
        let metadata =
            fs::metadata(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        trust::own(path, &metadata)
    };
    own(&trust::resolve(manifest)?)?;
    let folder = match manifest.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => trust::resolve(parent)?,
        _ => trust::resolve(Path::new("."))?,
    };
    let path = trust::resolve(&folder.join(library))?;
    let Ok(below) = path.strip_prefix(&folder) else { return Err(LoadError::Outside { path }) };
    let mut between = folder.clone();
    own(&between)?;
    for part in below.components() {
        between.push(part);
        own(&between)?;
    }
    Ok(path)
}

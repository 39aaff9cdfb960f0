//! Finds plugin manifests in folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::LoadError;

/// File suffix of a manifest.
const SUFFIX: &str = ".smash.json";
/// Environment variable with a list of folders, in the format of `PATH`.
const VARIABLE: &str = "SMASH_PLUGIN_PATH";

/// The manifests in a folder, sorted by name. Subfolders are not searched.
///
/// # Errors
/// When the folder cannot be read.
pub fn manifests(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().to_string_lossy().ends_with(SUFFIX) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The folders of `SMASH_PLUGIN_PATH`, in order; calling this is what allows them. Empty in a process with
/// elevated privileges (setuid): there, whoever sets the variable would decide which code runs with those
/// privileges.
pub fn environment_folders() -> Vec<PathBuf> {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    if getuid() != geteuid() || getgid() != getegid() {
        return Vec::new();
    }
    let folders = std::env::var_os(VARIABLE).unwrap_or_default();
    std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).collect()
}

//! Where manifests lie.

use std::fs;
use std::path::{Path, PathBuf};

use super::Fault;

/// How a manifest's name ends.
const SUFFIX: &str = ".smash.json";
/// Folders that the environment names, as `PATH` does.
const VARIABLE: &str = "SMASH_PLUGIN_PATH";

/// The manifests in a folder, sorted by name. Folders below it are not looked into.
///
/// # Errors
/// When the folder cannot be read.
pub fn manifests(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let unreadable = |source| Fault::Unreadable { path: folder.to_owned(), source };
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

/// The folders of `SMASH_PLUGIN_PATH`, in order; to call this is to allow it. None in a program that runs with other rights
/// than its user's: whoever sets the variable would decide which code gets them.
pub fn environment_folders() -> Vec<PathBuf> {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    if getuid() != geteuid() || getgid() != getegid() {
        return Vec::new();
    }
    let folders = std::env::var_os(VARIABLE).unwrap_or_default();
    std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).collect()
}

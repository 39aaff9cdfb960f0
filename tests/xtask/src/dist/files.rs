//! The files that are packed, and what they are named for.

use std::fs;
use std::path::Path;

use crate::workspace::root;

/// The version that is packed.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The profile of what is handed out. Any other one is for looking at the layout: its files may hold paths of
/// the machine that built them.
pub(super) const PROFILE: &str = "dist";

/// A file of the repository.
pub(super) fn repository_file(path: &str) -> Result<Vec<u8>, String> {
    read(&root().join(path))
}

/// A file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

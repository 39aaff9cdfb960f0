//! What is compiled of a package, laid out for its build hook (`adapters/python/hatch_build.py`).

use std::path::{Path, PathBuf};

use crate::dist::archive::Archive;
use crate::workspace::{VERSION, emptied};

/// A folder with `package/` (files of the Python package), `scripts/` (programs), `platform` (its tag) and
/// `version`.
pub(super) struct Parts {
    pub(super) folder: PathBuf,
}

impl Parts {
    /// Writes them.
    pub(super) fn write(mut archive: Archive, platform: String, folder: &Path) -> Result<Self, String> {
        archive.file("platform", platform.into_bytes());
        archive.file("version", VERSION.into());
        emptied(folder)?;
        archive.write(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(Self { folder: folder.to_owned() })
    }
}

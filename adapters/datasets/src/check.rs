//! What every loader checks of its configuration, and how it says where something is wrong.

use std::fmt::Display;
use std::path::Path;

use smash_core::{Error, Result};

/// An error at a file or folder.
pub(crate) fn bad(path: &Path, problem: impl Display) -> Error {
    Error::Data(format!("{}: {problem}", path.display()))
}

/// Refuses an empty path; `expected` says what it should name.
pub(crate) fn path(path: &Path, expected: &str) -> Result<()> {
    if path.as_os_str().is_empty() {
        return Err(Error::invalid("/path", format!("expected {expected}, found an empty path")));
    }
    Ok(())
}

/// Refuses a share of the training examples that leaves nothing or too little to train on.
pub(crate) fn validation(share: f64) -> Result<()> {
    if !(share > 0.0 && share <= 0.5) {
        let message = format!("expected a fraction above 0, at most 0.5, found {share}");
        return Err(Error::invalid("/validation", message));
    }
    Ok(())
}

//! The one error of this crate.

use std::io;
use std::path::{Path, PathBuf};

/// Why a dataset could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No source has this name.
    #[error("expected the name of a dataset ({known}), found {name:?}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// Only a person can get it.
    #[error("{name} cannot be fetched without a login: {instead}")]
    Login {
        /// The dataset.
        name: &'static str,
        /// What to do.
        instead: &'static str,
    },
    /// The server or the way to it failed, each time it was tried.
    #[error("{url}: {problem} (attempts: {attempts}); what arrived is kept: run the command again to go on")]
    Transfer {
        /// The address.
        url: String,
        /// What happened last.
        problem: String,
        /// How often in a row.
        attempts: u32,
    },
    /// An answer that trying again does not change.
    #[error("{url}: {problem}; another address can be given as the mirror")]
    Refused {
        /// The address.
        url: String,
        /// What the answer was.
        problem: String,
    },
    /// A file with other content than the published one.
    #[error("{}: expected {expected}, found {found}; {advice}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The published size or hash.
        expected: String,
        /// What the file has.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// An archive that is not unpacked.
    #[error("{}: {problem}; nothing of it was kept: remove the archive and fetch it again", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Another process is at it.
    #[error("{}: another process is downloading this file: wait for it, or choose another folder", path.display())]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// There is no room for it.
    #[error(
        "{}: the disk is full ({source}): make room and run the command again to go on, or choose another folder",
        path.display()
    )]
    Full {
        /// The file that did not fit.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder that cannot be used.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was to be done, as in `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Stopped from outside.
    #[error("stopped; what arrived is kept: run the command again to go on")]
    Cancelled,
}

impl Error {
    /// What the system said of a file; a full disk is told apart.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
            _ => Self::Io { action, path, source },
        }
    }
}

/// What may fail to be fetched.
pub type Result<T, E = Error> = std::result::Result<T, E>;

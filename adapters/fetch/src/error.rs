//! The error type of this crate.

use std::io;
use std::path::{Path, PathBuf};

/// Why a dataset could not be downloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No source has this name.
    #[error("expected the name of a dataset ({known}), found {name:?}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The known names.
        known: String,
    },
    /// The dataset can only be downloaded by a person, with a login.
    #[error("{name} cannot be fetched without a login: {instead}")]
    Login {
        /// Name of the dataset.
        name: &'static str,
        /// What the user can do instead.
        instead: &'static str,
    },
    /// The server or the connection failed in every attempt.
    #[error("{url}: {problem} (attempts: {attempts}); what arrived is kept: run the command again to go on")]
    Transfer {
        /// The URL.
        url: String,
        /// The failure of the last attempt.
        problem: String,
        /// Number of attempts in a row.
        attempts: u32,
    },
    /// A response that a retry would not change.
    #[error("{url}: {problem}; another address can be given as the mirror")]
    Refused {
        /// The URL.
        url: String,
        /// What the response was.
        problem: String,
    },
    /// A file whose size or checksum is not the published one.
    #[error("{}: expected {expected}, found {found}; {advice}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The published size or checksum.
        expected: String,
        /// The size or checksum of the file.
        found: String,
        /// What the user can do.
        advice: &'static str,
    },
    /// An archive that was refused or is damaged.
    #[error("{}: {problem}; nothing of it was kept: remove the archive and fetch it again", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Another process holds the lock of the partial file.
    #[error("{}: another process is downloading this file: wait for it, or choose another folder", path.display())]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "{}: the disk is full ({source}): make room and run the command again to go on, or choose another folder",
        path.display()
    )]
    Full {
        /// The file that did not fit.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file or folder operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The operation, such as `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Cancelled by the caller.
    #[error("stopped; what arrived is kept: run the command again to go on")]
    Cancelled,
}

impl Error {
    /// An error of the operating system on a file; a full disk has its own variant.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
            _ => Self::Io { action, path, source },
        }
    }
}

/// Result with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_so() {
        let error = Error::io("write", Path::new("data.bin.part"), io::ErrorKind::StorageFull.into());
        assert!(matches!(error, Error::Full { .. }));
        let text = error.to_string();
        assert!(
            ["data.bin.part", "the disk is full", "make room"].iter().all(|part| text.contains(part)),
            "{text}"
        );
    }
}

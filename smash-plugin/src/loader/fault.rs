//! Why a plugin is not loaded.

use std::path::PathBuf;

/// What is wrong with a plugin, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A file cannot be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The manifest is larger than any manifest is.
    #[error("the manifest has more than {most} bytes: it is no manifest")]
    TooLarge {
        /// Most bytes that are read.
        most: u64,
    },
    /// The manifest is not what its format says.
    #[error("the manifest is not valid: {0}")]
    Manifest(String),
    /// The manifest's format is another.
    #[error("expected a manifest of version {expected}, found {found}: use a SMASH that reads it")]
    Version {
        /// The version that is read.
        expected: u32,
        /// The version found.
        found: u32,
    },
    /// The plugin was built for another major version of the ABI, or for additions that this SMASH lacks.
    #[error("expected a plugin for ABI {expected}, found one for {found}: build it against this SMASH")]
    Abi {
        /// What is supported.
        expected: String,
        /// What the manifest says.
        found: String,
    },
    /// The plugin was built for another platform.
    #[error("expected a plugin for {expected}, found one for {found}: build it for this platform")]
    Target {
        /// This platform.
        expected: &'static str,
        /// What the manifest says.
        found: String,
    },
    /// The library's path leads out of the manifest's folder.
    #[error("library {library:?}: expected a path below the manifest's folder, without \"..\"")]
    Path {
        /// As in the manifest.
        library: String,
    },
    /// The library, with symbolic links followed, is not below the manifest's folder.
    #[error("{}: a symbolic link leads out of the manifest's folder: put the library itself there", .path.display())]
    Outside {
        /// Where it leads.
        path: PathBuf,
    },
    /// The library is not a file.
    #[error("{}: expected a regular file", .path.display())]
    NotAFile {
        /// Which one.
        path: PathBuf,
    },
    /// Somebody else owns it.
    #[error("{}: it belongs to user {owner}: it must belong to root or to you (chown)", .path.display())]
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// Number of the user.
        owner: u32,
    },
    /// Others may write to it.
    #[error("{}: others may write to it (mode {mode:o}): chmod go-w", .path.display())]
    Writable {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The library is not the one that the manifest is for.
    #[error("{}: expected sha256 {expected}, found {found}: the manifest is for another build", .path.display())]
    Content {
        /// The library.
        path: PathBuf,
        /// As in the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The system's loader refuses it.
    #[error("{}: the system does not open it: {message}; {advice}", .path.display())]
    Open {
        /// The library.
        path: PathBuf,
        /// What the loader says.
        message: String,
        /// What to do.
        advice: String,
    },
    /// It is no plugin of this major version.
    #[error("{}: expected the symbol {symbol}: it is no SMASH plugin, or one for another ABI", .path.display())]
    Symbol {
        /// The library.
        path: PathBuf,
        /// What is looked up.
        symbol: &'static str,
    },
    /// It refused to start, or handed out something that cannot be.
    #[error("{}: {message}", .path.display())]
    Refused {
        /// The library.
        path: PathBuf,
        /// What it said, or what is wrong with what it handed out.
        message: String,
    },
    /// It holds other components than the manifest says.
    #[error("the manifest provides {expected}, the library {found}: correct the manifest")]
    Provides {
        /// As in the manifest.
        expected: String,
        /// In the library.
        found: String,
    },
}

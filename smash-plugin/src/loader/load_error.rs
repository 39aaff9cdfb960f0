//! Why a plugin was refused.

use std::path::PathBuf;

/// What is wrong with a plugin, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The manifest is larger than the limit.
    #[error("the manifest has more than {most} bytes: it is no manifest")]
    TooLarge {
        /// The limit in bytes.
        most: u64,
    },
    /// The manifest is not valid JSON of its format.
    #[error("the manifest is not valid: {0}")]
    Manifest(String),
    /// The manifest has another format version.
    #[error("expected a manifest of version {expected}, found {found}: use a SMASH that reads it")]
    Version {
        /// The format version that this SMASH reads.
        expected: u32,
        /// The format version of the manifest.
        found: u32,
    },
    /// The plugin was built for another major version of the ABI, or for additions that this SMASH lacks.
    #[error("expected a plugin for ABI {expected}, found one for {found}: build it against this SMASH")]
    Abi {
        /// The ABI version that this SMASH supports.
        expected: String,
        /// The ABI version in the manifest.
        found: String,
    },
    /// The plugin was built for another platform.
    #[error("expected a plugin for {expected}, found one for {found}: build it for this platform")]
    Target {
        /// The platform (target triple) of this program.
        expected: &'static str,
        /// The platform in the manifest.
        found: String,
    },
    /// The library's path leads out of the manifest's folder.
    #[error("library {library:?}: expected a path below the manifest's folder, without \"..\"")]
    Path {
        /// The path as in the manifest.
        library: String,
    },
    /// The library, with symbolic links followed, is not below the manifest's folder.
    #[error("{}: a symbolic link leads out of the manifest's folder: put the library itself there", .path.display())]
    Outside {
        /// The path with symbolic links followed.
        path: PathBuf,
    },
    /// The library is not a file.
    #[error("{}: expected a regular file", .path.display())]
    NotAFile {
        /// The path of the library.
        path: PathBuf,
    },
    /// The file or folder belongs to another user.
    #[error("{}: it belongs to user {owner}, who could put another file in its place: it must belong to root or to you (chown it, or move the plugin)", .path.display())]
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// User id of the owner.
        owner: u32,
    },
    /// Users other than the owner may write to the file or folder.
    #[error("{}: others may write to it (mode {mode:o}) and put another file in its place: take that from them (chmod go-w), or move the plugin", .path.display())]
    Writable {
        /// The file or folder.
        path: PathBuf,
        /// The permission bits.
        mode: u32,
    },
    /// Too many symbolic links, perhaps in a circle.
    #[error("{}: expected at most {most} symbolic links on the way, found more", .path.display())]
    Links {
        /// The path.
        path: PathBuf,
        /// The limit.
        most: usize,
    },
    /// What the path names, or what was opened, is not the file that was verified.
    #[error(
        "{}: it was replaced or changed after its checksum was verified: nothing of it is used; if you built it anew, start again",
        .path.display()
    )]
    Replaced {
        /// The library.
        path: PathBuf,
    },
    /// The library's checksum differs from the manifest's.
    #[error("{}: expected sha256 {expected}, found {found}: the manifest is for another build", .path.display())]
    Content {
        /// The library.
        path: PathBuf,
        /// SHA-256 in the manifest.
        expected: String,
        /// SHA-256 of the file.
        found: String,
    },
    /// The dynamic linker refuses the library.
    #[error("{}: the system does not open it: {message}; {advice}", .path.display())]
    Open {
        /// The library.
        path: PathBuf,
        /// The dynamic linker's message.
        message: String,
        /// What the user can do about it.
        advice: String,
    },
    /// The library lacks the entry symbol of this major version.
    #[error("{}: expected the symbol {symbol}: it is no SMASH plugin, or one for another ABI", .path.display())]
    Symbol {
        /// The library.
        path: PathBuf,
        /// The symbol that was looked up.
        symbol: &'static str,
    },
    /// The library has the entry symbol of before version 1.0 of the ABI.
    #[error(
        "{}: expected the symbol {symbol}, found {found}, as before version 1.0 of the ABI: build the plugin with the \
         smash.h or the smash-sdk of this SMASH, then write its manifest again (smash plugin manifest LIBRARY)",
        .path.display()
    )]
    Earlier {
        /// The library.
        path: PathBuf,
        /// The symbol that it has.
        found: &'static str,
        /// The symbol that it should have.
        symbol: &'static str,
    },
    /// The plugin's initialisation failed, or it returned an invalid component table.
    #[error("{}: {message}", .path.display())]
    Refused {
        /// The library.
        path: PathBuf,
        /// The plugin's own message, or what is wrong with its table.
        message: String,
    },
    /// The library provides other components than the manifest lists.
    #[error("the manifest provides {expected}, the library {found}: correct the manifest")]
    Provides {
        /// The components that the manifest lists.
        expected: String,
        /// The components that the library provides.
        found: String,
    },
}

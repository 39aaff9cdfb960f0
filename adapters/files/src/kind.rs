//! What a name in a folder stands for.

use std::io::{self, ErrorKind};

/// What a name in a folder stands for, links not followed.
pub(crate) enum Kind<Identity> {
    /// A regular file, and how many names it has.
    File(Identity, u64),
    /// A folder.
    Folder,
    /// Anything else, in words.
    Other(&'static str),
}

/// The error of a name that stands for something else.
pub(crate) fn unexpected(expected: &str, found: &str) -> io::Error {
    let text =
        format!("expected {expected}, found {found}, which is neither followed nor changed: remove it");
    io::Error::new(ErrorKind::InvalidInput, text)
}

//! The contents of files: what is written, and how documents are read.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Format, Result};

/// Pretty JSON with a final newline.
pub(super) fn json<T: Serialize>(path: &Path, value: &T) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|e| Error::run(path, e.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

/// JSON lines: one document a line.
pub(super) fn json_lines<T: Serialize>(path: &Path, values: &[T]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for value in values {
        serde_json::to_writer(&mut text, value).map_err(|e| Error::run(path, e.to_string()))?;
        text.push(b'\n');
    }
    Ok(text)
}

/// The error of a file of a run that could not be written.
pub(super) fn unwritten(path: impl Into<PathBuf>, source: io::Error) -> Error {
    let remedy = match source.kind() {
        ErrorKind::InvalidInput => return Error::io(path, source),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room",
        ErrorKind::FileTooLarge => "allow larger files (ulimit -f)",
        _ => "mend what caused it",
    };
    let text = format!("{source}; all that was saved before is whole: {remedy}, and go on with --resume");
    Error::io(path, io::Error::new(source.kind(), text))
}

/// Reads a file by its path, for whoever only reads.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    smash_files::read(path).map_err(|source| Error::io(path, source))
}

/// The text of a file.
pub(super) fn text(path: &Path, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::damaged(path, "expected text in UTF-8, found other bytes"))
}

/// A JSON document of a kind of file.
pub(super) fn parse<T: DeserializeOwned>(path: &Path, text: &str, format: Format) -> Result<T> {
    format.check_text(text).map_err(|message| Error::run(path, message))?;
    smash_core::json::from_str(text)
        .map_err(|e| Error::damaged(path, format!("not what this version of smash writes: {e}")))
}

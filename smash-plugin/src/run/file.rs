//! Atomic writes: files are complete or absent.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Format, Result};

/// Writes to a temporary file in the same folder, syncs it (fsync) and renames it atomically: readers see the
/// old file or the new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let io = |source| Error::io(path, source);
    let mut file = File::create(&temporary).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::rename(&temporary, path).map_err(io)?;
    // The rename is durable only once the folder is synced too; not every file system lets a folder be opened
    // for that.
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Writes pretty JSON with a final newline.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| Error::run(path, e.to_string()))?;
    text.push('\n');
    write(path, text.as_bytes())
}

/// Writes JSON lines: one document a line.
pub(super) fn write_json_lines<T: Serialize>(path: &Path, values: &[T]) -> Result<()> {
    let mut text = String::new();
    for value in values {
        text.push_str(&serde_json::to_string(value).map_err(|e| Error::run(path, e.to_string()))?);
        text.push('\n');
    }
    write(path, text.as_bytes())
}

/// Reads a JSON document of a kind of file.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path, format: Format) -> Result<T> {
    let text = fs::read_to_string(path).map_err(|source| Error::io(path, source))?;
    format.check_text(&text).map_err(|message| Error::run(path, message))?;
    serde_json::from_str(&text)
        .map_err(|e| Error::run(path, format!("not what this version of smash writes: {e}")))
}

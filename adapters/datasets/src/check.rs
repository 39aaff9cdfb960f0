//! Checks that all loaders share, and errors with the path of the file.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use smash_core::dataset::Normalise;
use smash_core::{Error, Result};

use crate::contents;

/// The error of a file or folder.
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

/// Refuses a validation share that leaves too few examples to train or to validate on.
pub(crate) fn validation(share: f64) -> Result<()> {
    if !(share > 0.0 && share <= 0.5) {
        let message = format!("expected a fraction above 0, at most 0.5, found {share}");
        return Err(Error::invalid("/validation", message));
    }
    Ok(())
}

/// Refuses normalisation statistics that do not match the channels.
pub(crate) fn normalise(normalise: &Normalise, channels: usize) -> Result<()> {
    normalise.check(channels).map_err(|problem| Error::Invalid(problem.under("/normalise")))
}

/// Limit on the number of classes: labels are stored in two bytes.
pub(crate) const CLASSES: usize = 1 << 16;

/// Refuses a configured number of classes that is out of range.
pub(crate) fn classes(classes: Option<usize>) -> Result<()> {
    match classes.filter(|classes| !(2..=CLASSES).contains(classes)) {
        Some(classes) => {
            Err(Error::invalid("/classes", format!("expected 2 to {CLASSES} classes, found {classes}")))
        }
        None => Ok(()),
    }
}

/// Opens a file and returns its length.
pub(crate) fn open(path: &Path) -> Result<(File, u64), String> {
    let failed = |e: std::io::Error| format!("expected a file, cannot be opened: {e}");
    // Looked at before it is opened too: opening a pipe would wait for a writer.
    let named = std::fs::metadata(path).map_err(failed)?;
    if !named.is_file() {
        return Err("expected a file, found something else".into());
    }
    let file = File::open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if !meta.is_file() {
        return Err("expected a file, found something else".into());
    }
    Ok((file, meta.len()))
}

/// The problem of a file that is no .npz archive, with what it is.
pub(crate) fn no_archive(path: &Path, error: impl Display) -> String {
    match first_bytes(path) {
        Some(bytes) if !bytes.starts_with(b"PK") => {
            format!("expected an .npz archive, which is a zip file, found {}", contents::found(&bytes))
        }
        _ => format!("expected an .npz archive, which is a zip file: {error}"),
    }
}

/// The first bytes of a file, to say what it is; `None` when it cannot be read.
pub(crate) fn first_bytes(path: &Path) -> Option<Vec<u8>> {
    let (file, _) = open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(contents::LOOKED_AT as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// How many of the files that cannot be read are named.
const FAULTS: usize = 10;

/// The error of several files or folders below `root`, each with its problem.
pub(crate) fn faults(root: &Path, what: &str, mut faults: Vec<(PathBuf, String)>) -> Error {
    if let [(path, problem)] = &faults[..] {
        return bad(path, problem);
    }
    let count = faults.len();
    faults.truncate(FAULTS);
    let lines = faults.iter().map(|(path, problem)| format!("\n{}: {problem}", path.display()));
    let more = if count > FAULTS { format!("\n… and {} more", count - FAULTS) } else { String::new() };
    bad(root, format!("{count} {what}:{}{more}", lines.collect::<String>()))
}

/// An empty vector with capacity for `count` values; an error instead of an abort when memory is short.
pub(crate) fn reserve<T>(count: usize) -> Result<Vec<T>, String> {
    let mut values = Vec::new();
    let reserved = values.try_reserve_exact(count);
    reserved.map_err(|e| format!("expected room for {count} values in memory: {e}"))?;
    Ok(values)
}

/// Reads exactly `count` bytes.
pub(crate) fn bytes(mut reader: impl Read, count: usize) -> Result<Vec<u8>, String> {
    let mut bytes = reserve(count)?;
    let read = reader.by_ref().take(count as u64).read_to_end(&mut bytes);
    read.map_err(|e| format!("expected {count} bytes of values, could not read them: {e}"))?;
    if bytes.len() < count {
        return Err(format!("truncated: expected {count} bytes of values, found {}", bytes.len()));
    }
    Ok(bytes)
}

/// Checks that nothing follows; for compressed data this also verifies the checksum.
pub(crate) fn expect_end(reader: &mut impl Read) -> Result<(), String> {
    match reader.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err("expected no more than the header says, found more bytes".into()),
        Err(e) => Err(format!("expected the end of the data, could not read it: {e}")),
    }
}

//! The event log of a run, `events.jsonl`.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use smash_core::session::Event;

use super::file::unwritten;
use super::names::EVENTS;
use super::{RunFolder, record};
use crate::seal::hex;
use crate::{Error, Result};

/// An event log opened for appending, with its length in bytes and its running hash.
pub(super) struct EventLog {
    file: File,
    path: PathBuf,
    length: u64,
    hash: Sha256,
}

/// Verifies the log of a folder, as far as a checkpoint knows it, and changes nothing; returns its running
/// hash, and whether there is more in it.
pub(super) fn verify(folder: &RunFolder, length: u64, expected: Option<&str>) -> Result<(Sha256, bool)> {
    let path = folder.file(EVENTS);
    let bytes = folder.read(EVENTS)?.unwrap_or_default();
    Ok((record::events(&path, &bytes, length, expected)?, bytes.len() as u64 > length))
}

impl EventLog {
    /// Truncates the log of a folder to its length at a checkpoint, of which `hash` is the running hash, and
    /// opens it for appending.
    pub(super) fn open(folder: &RunFolder, length: u64, hash: Sha256) -> Result<Self> {
        folder.check()?;
        let path = folder.file(EVENTS);
        let io = |source| unwritten(&path, source);
        let file = folder.append(EVENTS)?;
        if file.metadata().map_err(io)?.len() != length {
            file.set_len(length).map_err(io)?;
        }
        Ok(Self { file, path, length, hash })
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// SHA-256 of the whole log.
    pub(super) fn sha256(&self) -> String {
        hex(self.hash.clone().finalize())
    }

    /// Appends events as JSON lines. A loss that is not finite becomes null.
    pub(super) fn append(&mut self, events: &[Event]) -> Result<()> {
        let mut text = Vec::new();
        for event in events {
            serde_json::to_writer(&mut text, event).map_err(|e| Error::run(&self.path, e.to_string()))?;
            text.push(b'\n');
        }
        self.file.write_all(&text).map_err(|source| unwritten(&self.path, source))?;
        self.length += text.len() as u64;
        self.hash.update(&text);
        Ok(())
    }

    /// Waits until the whole log is on disk (fsync).
    pub(super) fn sync(&self) -> Result<()> {
        let io = |source| unwritten(&self.path, source);
        self.file.sync_data().map_err(io)?;
        let found = self.file.metadata().map_err(io)?.len();
        if found != self.length {
            return Err(Error::damaged(
                &self.path,
                format!(
                    "expected the {} bytes that this process wrote, found {found}: something else writes to it, and \
                     nothing was saved; resume from the last checkpoint when nothing does",
                    self.length
                ),
            ));
        }
        Ok(())
    }
}

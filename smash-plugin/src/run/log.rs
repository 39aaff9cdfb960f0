//! The event log of a run, `events.jsonl`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use smash_core::session::Event;

use super::RunFolder;
use crate::{Error, Result};

/// An event log opened for appending, with its length in bytes.
pub(super) struct EventLog {
    file: File,
    path: PathBuf,
    length: u64,
}

impl EventLog {
    /// Truncates the log of a folder to its length at a checkpoint, and opens it for appending.
    pub(super) fn open(folder: &RunFolder, length: u64) -> Result<Self> {
        let path = folder.file("events.jsonl");
        let io = |source| Error::io(&path, source);
        let file = OpenOptions::new().append(true).create(true).open(&path).map_err(io)?;
        if file.metadata().map_err(io)?.len() < length {
            return Err(Error::run(
                &path,
                format!("is shorter than the {length} bytes the checkpoint knows: it was changed"),
            ));
        }
        file.set_len(length).map_err(io)?;
        Ok(Self { file, path, length })
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Appends events as JSON lines. A loss that is not finite becomes null.
    pub(super) fn append(&mut self, events: &[Event]) -> Result<()> {
        let mut text = Vec::new();
        for event in events {
            serde_json::to_writer(&mut text, event).map_err(|e| Error::run(&self.path, e.to_string()))?;
            text.push(b'\n');
        }
        self.file.write_all(&text).map_err(|source| Error::io(&self.path, source))?;
        self.length += text.len() as u64;
        Ok(())
    }

    /// Waits until the whole log is on disk (fsync).
    pub(super) fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|source| Error::io(&self.path, source))
    }
}

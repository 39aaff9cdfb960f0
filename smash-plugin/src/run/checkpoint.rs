//! Checkpoints on disk. `state.json` is the commit point: it names the weights file that it belongs to and
//! the length that the event log had.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use smash_core::backend::Snapshot;
use smash_core::session::{Checkpoint, Session};

use super::{RunFolder, file, weights};
use crate::{Error, Format, Result};

/// The contents of `checkpoint/state.json`.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedRun {
    /// Identity of the job.
    identity: String,
    /// Length of `events.jsonl` in bytes at the checkpoint; on resume, what came later is truncated.
    pub(super) events: u64,
    /// State of the session.
    pub(super) session: Checkpoint,
}

/// The one field that every format has.
#[derive(Deserialize)]
struct Numbered {
    session: Number,
}

#[derive(Deserialize)]
struct Number {
    #[serde(alias = "version")]
    format: u32,
}

fn weights_file(folder: &RunFolder, version: u64) -> PathBuf {
    folder.file("checkpoint").join(format!("weights-{version}.safetensors"))
}

/// Saves a checkpoint. Weights are written only when they changed since the last one.
pub(super) fn save(folder: &RunFolder, identity: &str, session: &Session, events: u64) -> Result<()> {
    let directory = folder.file("checkpoint");
    fs::create_dir_all(&directory).map_err(|source| Error::io(&directory, source))?;
    let checkpoint = session.save()?;
    let path = weights_file(folder, checkpoint.weights);
    if !path.exists() {
        let Snapshot { tensors, counts } = session.weights()?;
        let counts = serde_json::to_string(&counts).map_err(|e| Error::run(&path, e.to_string()))?;
        weights::write(&path, &tensors, counts)?;
    }
    let saved = SavedRun { identity: identity.to_owned(), events, session: checkpoint };
    file::write_json(&directory.join("state.json"), &saved)?;
    clean(folder, &path)
}

/// Removes all files but the state and its weights: older weights, and weights whose run was killed before it
/// wrote their state, belong to no checkpoint.
fn clean(folder: &RunFolder, weights: &Path) -> Result<()> {
    let directory = folder.file("checkpoint");
    let entries = fs::read_dir(&directory).map_err(|source| Error::io(&directory, source))?;
    for entry in entries.flatten() {
        if entry.path() != weights && entry.file_name() != "state.json" {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// Loads the checkpoint of a folder; `None` when the run was killed before its first checkpoint.
pub(super) fn load(folder: &RunFolder, identity: &str) -> Result<Option<(SavedRun, Snapshot)>> {
    let path = folder.file("checkpoint").join("state.json");
    if !path.exists() {
        return Ok(None);
    }
    let Numbered { session } = file::read_json(&path, Format::Session)?;
    Format::Session.check(session.format).map_err(|message| Error::run(&path, message))?;
    let saved: SavedRun = file::read_json(&path, Format::Session)?;
    if saved.identity != identity {
        return Err(Error::run(
            folder.path(),
            "this run folder belongs to another job (its job.json differs): choose another folder with --out",
        ));
    }
    let weights_path = weights_file(folder, saved.session.weights);
    clean(folder, &weights_path)?;
    let (tensors, counts) = weights::read(&weights_path)?;
    let counts = serde_json::from_str(&counts).map_err(|e| Error::run(&path, format!("step counts: {e}")))?;
    Ok(Some((saved, Snapshot { tensors, counts })))
}

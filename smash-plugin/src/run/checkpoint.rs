//! Checkpoints on disk. `state.json` is the commit point: it names the weights file that it belongs to, the
//! length that the event log had, and the checksums of all files that were finished by then; it carries its
//! own.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use smash_core::backend::Snapshot;
use smash_core::session::{Checkpoint, Session};

use super::log::{EVENTS, EventLog};
use super::{Metrics, RunFolder, file, files, weights};
use crate::data_identity::DataIdentity;
use crate::seal::{self, sha256};
use crate::{Error, Format, Result};

/// The folder of checkpoints in a run folder.
pub(super) const FOLDER: &str = "checkpoint";
/// The commit point in it.
pub(super) const STATE: &str = "state.json";
/// The first format with checksums.
const SEALED: u32 = 2;

/// The contents of `checkpoint/state.json`. What is optional is missing in the first format.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedRun {
    /// Identity of the job.
    pub(super) identity: String,
    /// Length of `events.jsonl` in bytes at the checkpoint; on resume, what came later is truncated.
    pub(super) events: u64,
    /// SHA-256 of these bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) events_sha256: Option<String>,
    /// SHA-256 of the weights file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) weights_sha256: Option<String>,
    /// SHA-256 of each file of the run folder that was finished.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) files: BTreeMap<String, String>,
    /// Identity of the examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<DataIdentity>,
    /// The metrics of a finished run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) metrics: Option<Metrics>,
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

fn weights_file(version: u64) -> String {
    format!("weights-{version}.safetensors")
}

/// Whether a name is one of a weights file of some checkpoint.
fn is_weights(name: &str) -> bool {
    let version = name.strip_prefix("weights-").and_then(|name| name.strip_suffix(".safetensors"));
    version.is_some_and(|version| !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()))
}

/// Reads the text of a `state.json` as `T`, after its format and its checksum are verified.
pub(super) fn unsealed<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    let damaged = |message: String| Error::damaged(path, message);
    // The number first: a later version may seal in another way.
    let numbered: Result<Numbered> = file::parse(path, text, Format::Session);
    if let Ok(Numbered { session }) = &numbered {
        Format::Session.check(session.format).map_err(|message| Error::run(path, message))?;
    }
    let sealed = seal::verify(text).map_err(damaged)?;
    let Numbered { session } = numbered?;
    if session.format >= SEALED && !sealed {
        return Err(damaged("expected a SHA-256 at its end, found none: it was cut or changed".into()));
    }
    file::parse(path, text, Format::Session)
}

/// Saves a checkpoint. Weights are written only when they are not those of `saved`, the last one; `saved`
/// then is this one.
pub(super) fn save(
    folder: &RunFolder,
    (session, log): (&Session, &EventLog),
    saved: &mut SavedRun,
) -> Result<()> {
    folder.check()?;
    let directory = folder.inner(FOLDER)?;
    let path = directory.file(STATE);
    let checkpoint = session.save()?;
    let name = weights_file(checkpoint.weights);
    if saved.weights_sha256.is_none() || saved.session.weights != checkpoint.weights {
        let Snapshot { tensors, counts } = session.weights()?;
        let counts = serde_json::to_string(&counts).map_err(|e| Error::run(&path, e.to_string()))?;
        let bytes = weights::encode(&directory.file(&name), &tensors, counts)?;
        directory.write(&name, &bytes).map_err(|source| Error::io(directory.file(&name), source))?;
        saved.weights_sha256 = Some(sha256(&bytes));
    }
    saved.session = checkpoint;
    (saved.events, saved.events_sha256) = (log.len(), Some(log.sha256()));
    let text = serde_json::to_string_pretty(saved).map_err(|e| Error::run(&path, e.to_string()))?;
    // The weights are whole and the folder is still ours: what follows makes them count.
    folder.check()?;
    directory.write(STATE, seal::seal(&text, true).as_bytes()).map_err(|source| Error::io(&path, source))?;
    clean(folder, saved)
}

/// Removes the weights that belong to no checkpoint: older ones, and those whose run was killed before it
/// wrote their state. Called only when the state and the weights that it names are whole.
pub(super) fn clean(folder: &RunFolder, saved: &SavedRun) -> Result<()> {
    let directory = folder.inner(FOLDER)?;
    let kept = weights_file(saved.session.weights);
    for name in directory.names().map_err(|source| Error::io(directory.path(), source))? {
        if let Some(name) = name.to_str().filter(|name| is_weights(name) && **name != *kept) {
            let _ = directory.remove(name);
        }
    }
    directory.sweep();
    Ok(())
}

/// Refuses to begin anew in a folder that has no state, but what only a run with a state can leave: its state
/// was lost, and beginning anew would lose the rest.
pub(super) fn expect_none(folder: &RunFolder) -> Result<()> {
    let mut left = [files::RANKING, files::MODEL, files::METRICS].map(str::to_owned).to_vec();
    left.retain(|name| folder.file(name).exists());
    let begun = folder.read(EVENTS)?.is_some_and(|log| !log.is_empty());
    if let (true, Some(directory)) = (begun, folder.existing(FOLDER)?) {
        let names = directory.names().map_err(|source| Error::io(directory.path(), source))?;
        let weights = names.iter().filter_map(|name| name.to_str()).filter(|name| is_weights(name));
        left.extend(weights.map(|name| format!("{FOLDER}/{name}")));
    }
    match left.first() {
        None => Ok(()),
        Some(name) => Err(Error::damaged(
            folder.file(FOLDER).join(STATE),
            format!(
                "is missing, and {name} is there: the run had begun, and beginning anew would overwrite it; restore the \
                 state from a copy, or choose another folder with --out"
            ),
        )),
    }
}

/// Loads and verifies the checkpoint of a folder, and changes nothing; `None` when the run was killed before
/// its first checkpoint.
pub(super) fn load(folder: &RunFolder, identity: &str) -> Result<Option<(SavedRun, Snapshot)>> {
    let directory = match folder.existing(FOLDER)? {
        Some(directory) if directory.has(STATE).map_err(|e| Error::io(directory.file(STATE), e))? => {
            directory
        }
        _ => return Ok(None),
    };
    let path = directory.file(STATE);
    let text = file::text(&path, directory.read(STATE).map_err(|source| Error::io(&path, source))?)?;
    let mut saved: SavedRun = unsealed(&path, &text)?;
    saved.session.check().map_err(|error| Error::damaged(&path, error.to_string()))?;
    if saved.identity != identity {
        return Err(Error::run(
            folder.path(),
            "this run folder belongs to another job (its job.json differs): choose another folder with --out",
        ));
    }
    if saved.events == 0 && !saved.session.is_at_the_beginning() {
        let message = "expected an event log with what was done, found one of 0 bytes: it was changed";
        return Err(Error::damaged(&path, message));
    }
    let name = weights_file(saved.session.weights);
    let weights_path = directory.file(&name);
    let bytes = directory.read(&name).map_err(|source| Error::io(&weights_path, source))?;
    let found = sha256(&bytes);
    match &saved.weights_sha256 {
        Some(expected) if *expected != found => {
            return Err(Error::damaged(&weights_path, seal::differs(expected, &found)));
        }
        _ => saved.weights_sha256 = Some(found),
    }
    let (tensors, counts) = weights::decode(&weights_path, &bytes)?;
    let counts = serde_json::from_str(&counts)
        .map_err(|e| Error::damaged(&weights_path, format!("step counts: {e}")))?;
    Ok(Some((saved, Snapshot { tensors, counts })))
}

//! Checkpoints on disk. `state.json` is the commit point: it names the weights file that it belongs to, the
//! length that the event log had, and the checksums of all files that were finished by then; it carries its
//! own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};
use smash_core::backend::Snapshot;
use smash_core::constraint::Constraints;
use smash_core::session::{Checkpoint, Session};

use super::file::unwritten;
use super::log::EventLog;
use super::names::{CHECKPOINT, EVENTS, METRICS, MODEL, RANKING, STATE};
use super::record::{State, unsealed};
use super::{Metrics, RunFolder, file, weights};
use crate::data_identity::DataIdentity;
use crate::seal::{self, sha256};
use crate::{Error, ModelCard, Result};

/// The contents of `checkpoint/state.json`. What is optional is missing in the first format.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedRun {
    /// Identity of the job.
    pub(super) identity: String,
    /// The constraints of the job, which a later one may relax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) constraints: Option<Constraints>,
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
    /// The card of the chosen architecture's model, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) card: Option<ModelCard>,
    /// State of the session.
    pub(super) session: Checkpoint,
}

impl State for SavedRun {
    fn format(&self) -> u32 {
        self.session.format
    }
}

fn weights_file(version: u64) -> String {
    format!("weights-{version}.safetensors")
}

/// Whether a name is one of a weights file of some checkpoint.
fn is_weights(name: &str) -> bool {
    let version = name.strip_prefix("weights-").and_then(|name| name.strip_suffix(".safetensors"));
    version.is_some_and(|version| !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()))
}

/// Saves a checkpoint. Weights are written only when they are not those of `saved`, the last one; `saved`
/// then is this one.
pub(super) fn save(
    folder: &RunFolder,
    (session, log): (&Session, &EventLog),
    saved: &mut SavedRun,
) -> Result<()> {
    folder.check()?;
    let directory = folder.inner(CHECKPOINT)?;
    let checkpoint = session.save()?;
    let name = weights_file(checkpoint.weights);
    if saved.weights_sha256.is_none() || saved.session.weights != checkpoint.weights {
        let Snapshot { tensors, counts } = session.weights()?;
        let counts =
            serde_json::to_string(&counts).map_err(|e| Error::run(directory.file(&name), e.to_string()))?;
        let bytes = weights::encode(&directory.file(&name), &tensors, counts)?;
        directory.write(&name, &bytes).map_err(|source| unwritten(directory.file(&name), source))?;
        saved.weights_sha256 = Some(sha256(&bytes));
    }
    saved.session = checkpoint;
    (saved.events, saved.events_sha256) = (log.len(), Some(log.sha256()));
    commit(folder, saved)?;
    clean(folder, saved);
    Ok(())
}

/// Writes a state whose weights are whole: from here on they count.
pub(super) fn commit(folder: &RunFolder, saved: &SavedRun) -> Result<()> {
    let directory = folder.inner(CHECKPOINT)?;
    let path = directory.file(STATE);
    let text = serde_json::to_string_pretty(saved).map_err(|e| Error::run(&path, e.to_string()))?;
    folder.check()?;
    directory.write(STATE, seal::seal(&text, true).as_bytes()).map_err(|source| unwritten(path, source))
}

/// Removes the weights that belong to no checkpoint: older ones, and those whose run was killed before it
/// wrote their state. Called only when the state and the weights that it names are whole. What cannot be
/// removed hurts nobody: the next call tries again.
pub(super) fn clean(folder: &RunFolder, saved: &SavedRun) {
    let Ok(Some(directory)) = folder.existing(CHECKPOINT) else { return };
    let kept = weights_file(saved.session.weights);
    for name in directory.names().unwrap_or_default() {
        if let Some(name) = name.to_str().filter(|name| is_weights(name) && **name != *kept) {
            let _ = directory.remove(name);
        }
    }
    directory.sweep();
}

/// Refuses to begin anew in a folder that has no state, but what only a run with a state can leave: its state
/// was lost, and beginning anew would lose the rest.
pub(super) fn expect_none(folder: &RunFolder) -> Result<()> {
    let mut left = [RANKING, MODEL, METRICS].map(str::to_owned).to_vec();
    left.retain(|name| folder.file(name).exists());
    let begun = folder.read(EVENTS)?.is_some_and(|log| !log.is_empty());
    if let (true, Some(directory)) = (begun, folder.existing(CHECKPOINT)?) {
        let names = directory.names().map_err(|source| Error::io(directory.path(), source))?;
        let weights = names.iter().filter_map(|name| name.to_str()).filter(|name| is_weights(name));
        left.extend(weights.map(|name| format!("{CHECKPOINT}/{name}")));
    }
    match left.first() {
        None => Ok(()),
        Some(name) => Err(Error::damaged(
            folder.file(CHECKPOINT).join(STATE),
            format!(
                "is missing, and {name} is there: the run had begun, and beginning anew would overwrite it; restore the \
                 state from a copy, or choose another folder with --out"
            ),
        )),
    }
}

/// A checkpoint that was read, whose weights and finished files are still being hashed on a thread of their
/// own: that takes about as long as everything else before the first step.
pub(super) struct Loaded {
    pub(super) saved: SavedRun,
    pub(super) snapshot: Snapshot,
    weights: PathBuf,
    hashes: JoinHandle<(String, Hashes)>,
}

/// SHA-256 of the files that were found.
pub(super) type Hashes = BTreeMap<String, String>;

impl Loaded {
    /// Waits for the hashes and verifies that of the weights. Nothing is to be changed before that.
    ///
    /// # Errors
    /// When the weights are not those that the state names.
    pub(super) fn verified(self) -> Result<(SavedRun, Snapshot, Hashes)> {
        let Self { mut saved, snapshot, weights, hashes } = self;
        let failed = |_| Error::run(&weights, "its checksum could not be computed");
        let (found, files) = hashes.join().map_err(failed)?;
        match saved.weights_sha256.replace(found.clone()) {
            Some(expected) if expected != found => {
                Err(Error::damaged(&weights, seal::differs(&expected, &found)))
            }
            _ => Ok((saved, snapshot, files)),
        }
    }
}

/// Loads the checkpoint of a folder, verifies its state, and changes nothing; `None` when the run was killed
/// before its first checkpoint.
pub(super) fn load(folder: &RunFolder) -> Result<Option<Loaded>> {
    let directory = match folder.existing(CHECKPOINT)? {
        Some(directory) if directory.has(STATE).map_err(|e| Error::io(directory.file(STATE), e))? => {
            directory
        }
        _ => return Ok(None),
    };
    let path = directory.file(STATE);
    let text = file::text(&path, directory.read(STATE).map_err(|source| Error::io(&path, source))?)?;
    let saved: SavedRun = unsealed(&path, &text)?;
    saved.session.check().map_err(|error| Error::damaged(&path, error.to_string()))?;
    if saved.events == 0 && !saved.session.is_at_the_beginning() {
        let message = "expected an event log with what was done, found one of 0 bytes: it was changed";
        return Err(Error::damaged(&path, message));
    }
    let name = weights_file(saved.session.weights);
    let weights = directory.file(&name);
    let bytes = Arc::new(directory.read(&name).map_err(|source| Error::io(&weights, source))?);
    let mut files = Vec::new();
    for name in saved.files.keys() {
        files.extend(folder.read(name)?.map(|bytes| (name.clone(), bytes)));
    }
    let hashed = Arc::clone(&bytes);
    let hashes = thread::spawn(move || {
        let files = files.into_iter().map(|(name, bytes)| (name, sha256(bytes)));
        (sha256(&*hashed), files.collect())
    });
    let (tensors, counts) = weights::decode(&weights, &bytes)?;
    let counts = smash_core::json::from_str(&counts)
        .map_err(|e| Error::damaged(&weights, format!("step counts: {e}")))?;
    Ok(Some(Loaded { saved, snapshot: Snapshot { tensors, counts }, weights, hashes }))
}

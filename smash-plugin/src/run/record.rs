//! What a run folder is known to hold: the checksums in its checkpoint, for whoever reads one of its files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use smash_core::session::Phase;

use super::names::{CHECKPOINT, STATE};
use super::{Metrics, file};
use crate::seal::{self, differs, hex, sha256};
use crate::{Error, Format, Result};

/// The part of a checkpoint that says what the other files of its folder are. In one of the first formats
/// there are no checksums.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Record {
    events: u64,
    events_sha256: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    metrics: Option<Metrics>,
    session: Session,
}

#[derive(Debug, Default, Deserialize)]
struct Session {
    #[serde(alias = "version")]
    format: u32,
    state: Progress,
}

#[derive(Debug, Default, Deserialize)]
struct Progress {
    phase: Phase,
}

/// The first format with checksums.
const SEALED: u32 = 2;

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

/// What is read from a `state.json`.
pub(super) trait State: DeserializeOwned {
    /// The format of the session.
    fn format(&self) -> u32;
}

impl State for Record {
    fn format(&self) -> u32 {
        self.session.format
    }
}

/// Reads the text of a `state.json`, and verifies its format and its checksum. The state of a long search is
/// large, so it is parsed once where nothing is wrong.
///
/// # Errors
/// When it is damaged, or of a later format.
pub(super) fn unsealed<T: State>(path: &Path, text: &str) -> Result<T> {
    let check = |format| Format::Session.check(format).map_err(|message| Error::run(path, message));
    // What looks damaged may be of a later version, which seals in another way.
    let damaged = |message: String| match smash_core::json::from_str(text) {
        Ok(Numbered { session }) => match check(session.format) {
            Err(later) => later,
            Ok(()) => Error::damaged(path, message),
        },
        Err(_) => Error::damaged(path, message),
    };
    let sealed = seal::verify(text).map_err(damaged)?;
    let state: T = smash_core::json::from_str(text)
        .map_err(|error| damaged(format!("not what this version of smash writes: {error}")))?;
    check(state.format())?;
    if state.format() >= SEALED && !sealed {
        return Err(damaged("expected a SHA-256 at its end, found none: it was cut or changed".into()));
    }
    Ok(state)
}

impl Record {
    /// Reads and verifies the checkpoint of a run folder; one without a checkpoint has no record.
    ///
    /// # Errors
    /// When the checkpoint is damaged.
    pub(super) fn read(run: &Path) -> Result<Self> {
        let folder = run.join(CHECKPOINT);
        if folder.exists() && !folder.is_dir() {
            return Err(Error::damaged(folder, "expected the folder of a checkpoint, found something else"));
        }
        let path = folder.join(STATE);
        match smash_files::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io(path, error)),
            Ok(bytes) => unsealed(&path, &file::text(&path, bytes)?),
        }
    }

    /// Whether the files of the folder have checksums.
    fn is_sealed(&self) -> bool {
        self.session.format >= SEALED
    }

    /// Whether the run is finished, as far as this is known.
    pub(super) fn may_be_finished(&self) -> bool {
        !self.is_sealed() || self.session.state.phase == Phase::Done
    }

    /// Whether the search is over, so that its ranking does not change any more.
    pub(super) fn is_ranked(&self) -> bool {
        matches!(self.session.state.phase, Phase::Retraining | Phase::Done)
    }

    /// The metrics that the checkpoint keeps.
    pub(super) fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    /// Verifies the bytes of a file, where its checksum is known.
    ///
    /// # Errors
    /// When they are not those that were written.
    pub(super) fn verify(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match (self.files.get(&*name), sha256(bytes)) {
            (Some(expected), found) if *expected != found => {
                Err(Error::damaged(path, differs(expected, &found)))
            }
            _ => Ok(()),
        }
    }

    /// Reads and verifies a file of a run folder.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub(super) fn file(&self, path: &Path) -> Result<Vec<u8>> {
        let bytes = file::read(path)?;
        self.verify(path, &bytes)?;
        Ok(bytes)
    }

    /// Verifies the event log, as far as the checkpoint knows it.
    ///
    /// # Errors
    /// When it was cut or changed.
    pub(super) fn verify_events(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        events(path, bytes, self.events, self.events_sha256.as_deref()).map(drop)
    }
}

/// Verifies the first `length` bytes of an event log; returns their running hash.
///
/// # Errors
/// When it was cut or changed.
pub(super) fn events(path: &Path, bytes: &[u8], length: u64, expected: Option<&str>) -> Result<Sha256> {
    let known = usize::try_from(length).ok().and_then(|length| bytes.get(..length));
    let Some(known) = known else {
        let message = format!(
            "is shorter than the {length} bytes the checkpoint knows: it was cut; restore it from a copy"
        );
        return Err(Error::damaged(path, message));
    };
    if !known.is_empty() && !known.ends_with(b"\n") {
        let message =
            format!("expected a line that ends at byte {length}, found none: the checkpoint was changed");
        return Err(Error::damaged(path, message));
    }
    let hash = Sha256::new_with_prefix(known);
    match (expected, hex(hash.clone().finalize())) {
        (Some(expected), found) if expected != found => Err(Error::damaged(path, differs(expected, &found))),
        _ => Ok(hash),
    }
}

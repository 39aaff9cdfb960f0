//! Reads the files of a run for its picture.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use smash_core::session::Phase;

use super::super::record::Record;
use super::super::{Metrics, file, names};
use crate::{Error, Format, Result};

/// The contents of a run folder, as far as they exist.
#[derive(Debug, Default)]
pub(super) struct RunFiles {
    /// Type of the dataset.
    pub(super) dataset: Option<String>,
    /// Training of the HyperNet.
    pub(super) hypernet: Training,
    /// Candidates in the order of their evaluation.
    pub(super) candidates: Vec<Candidate>,
    /// Hash of the best architecture.
    pub(super) chosen: Option<String>,
    /// Training of the best architecture.
    pub(super) retrain: Training,
    /// Metrics, once the run is finished.
    pub(super) metrics: Option<Metrics>,
}

/// The curve of one training.
#[derive(Debug, Default)]
pub(super) struct Training {
    /// Step, loss and error; steps with a loss that is not finite are left out.
    pub(super) steps: Vec<(f64, f64, f64)>,
    /// Steps per epoch, if the job says how many epochs there are.
    pub(super) epoch: Option<usize>,
}

/// A candidate: a line of `ranking.jsonl`, or an event.
#[derive(Debug, Deserialize)]
pub(super) struct Candidate {
    id: u64,
    /// Phase of the search.
    pub(super) phase: String,
    /// Validation loss; `None` when it was not finite.
    pub(super) loss: Option<f64>,
}

/// A line of `events.jsonl`. A number that was not finite is null there.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Phase {
        phase: Phase,
    },
    Step {
        phase: Phase,
        step: u64,
        steps: u64,
        loss: Option<f64>,
        error: Option<f64>,
    },
    Candidate(Candidate),
    Chosen {
        hash: String,
    },
    #[serde(other)]
    Other,
}

impl RunFiles {
    /// Reads a run folder. Files that do not exist yet are left out.
    pub(super) fn read(run: &Path) -> Result<Self> {
        let mut seen = Self::default();
        let record = Record::read(run)?;
        let job: Value = optional(&record, &run.join(names::JOB), Format::Job)?.unwrap_or_default();
        seen.dataset = job.pointer("/dataset/type").and_then(Value::as_str).map(str::to_owned);
        let events = run.join(names::EVENTS);
        if let Some(bytes) = existing(&events)? {
            record.verify_events(&events, &bytes)?;
            for line in lines(&events, bytes)? {
                seen.add(line, &job);
            }
        }
        let ranking = run.join(names::RANKING);
        if seen.candidates.is_empty()
            && let Some(bytes) = existing(&ranking)?
        {
            if record.is_ranked() {
                record.verify(&ranking, &bytes)?;
            }
            seen.candidates = lines(&ranking, bytes)?;
            seen.candidates.sort_by_key(|candidate| candidate.id);
        }
        seen.metrics = optional(&record, &run.join(names::METRICS), Format::Metrics)?;
        Ok(seen)
    }

    fn add(&mut self, line: Line, job: &Value) {
        match line {
            Line::Step { phase, step, steps, loss: Some(loss), error: Some(error) } => {
                let (training, epochs) = match phase {
                    // A strategy with a separate estimator has the HyperNet's settings under a key of their
                    // own.
                    Phase::Training => {
                        (&mut self.hypernet, ["/strategy/epochs", "/strategy/estimator/epochs"])
                    }
                    _ => (&mut self.retrain, ["/retrain/epochs"; 2]),
                };
                training.steps.push((step as f64, loss, error));
                if training.epoch.is_none() {
                    let epochs = epochs.iter().find_map(|at| job.pointer(at)).and_then(Value::as_u64);
                    training.epoch = epochs.and_then(|epochs| steps.checked_div(epochs)).map(|n| n as usize);
                }
            }
            Line::Candidate(candidate) => self.candidates.push(candidate),
            Line::Chosen { hash } => self.chosen = Some(hash),
            // A search that begins again replaces what came before.
            Line::Phase { phase: Phase::Searching } => {
                (self.candidates, self.retrain, self.chosen) = Default::default();
            }
            Line::Phase { .. } | Line::Step { .. } | Line::Other => {}
        }
    }
}

/// Reads a file that may be missing.
fn existing(path: &Path) -> Result<Option<Vec<u8>>> {
    if path.exists() { file::read(path).map(Some) } else { Ok(None) }
}

/// Reads JSON from a file that may be missing.
fn optional<T: DeserializeOwned>(record: &Record, path: &Path, format: Format) -> Result<Option<T>> {
    let Some(bytes) = existing(path)? else { return Ok(None) };
    record.verify(path, &bytes)?;
    file::parse(path, &file::text(path, bytes)?, format).map(Some)
}

/// The lines of a file of JSON lines. A run in progress may have written half of the last line, which then
/// has no line end and is left out.
fn lines<T: DeserializeOwned>(path: &Path, mut bytes: Vec<u8>) -> Result<Vec<T>> {
    bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0));
    let whole = file::text(path, bytes)?;
    let parse = |(i, line): (usize, &str)| {
        let place = || format!("line {}: not what this version of smash writes", i + 1);
        smash_core::json::from_str(line)
            .map_err(|error| Error::damaged(path, format!("{}: {error}", place())))
    };
    whole.lines().enumerate().map(parse).collect()
}

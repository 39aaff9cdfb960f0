//! Running a job in its folder.

use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use smash_core::architecture::Architecture;
use smash_core::session::{Event, Parts, Phase, Seconds, Session};

use super::{Metrics, RunFolder, checkpoint, file, picture, weights};
use crate::{Error, Job, Registry, Result, architecture_file};

/// Longest time between two checkpoints of a phase.
const INTERVAL: Duration = Duration::from_secs(30);

/// Sees the events of a run while it goes on.
pub trait Watch {
    /// Called for each event, in order, on the thread that runs the job.
    fn event(&mut self, event: &Event);

    /// Called before the events of each step: the time so far.
    fn seconds(&mut self, _seconds: Seconds) {}
}

impl<F: FnMut(&Event)> Watch for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Everything is done.
    Finished(Box<Metrics>),
    /// It was cancelled, and a checkpoint was written.
    Cancelled,
}

/// Runs the main job: HyperNet, search, retraining. With `resume`, goes on from the folder's checkpoint as if the run
/// had never stopped.
///
/// # Errors
/// When a component fails, the folder cannot be written, or the checkpoint belongs to another job.
pub fn search(
    folder: &RunFolder,
    registry: &Registry,
    job: &Job,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
) -> Result<Outcome> {
    let parts = job.parts(registry)?;
    run(folder, job, job.identity(), parts, watch, cancel, |parts| Ok(Session::new(parts, job.settings())?))
}

/// Trains one architecture with its own weights, by the job's recipe on the job's dataset. `parts` hold the space that
/// the architecture belongs to.
///
/// # Errors
/// As [`search`]; also when the architecture is not valid in its space.
pub fn train(
    folder: &RunFolder,
    job: &Job,
    parts: Parts,
    architecture: &Architecture,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
) -> Result<Outcome> {
    let identity = format!("{} {}", job.identity(), architecture.hash());
    run(folder, job, identity, parts, watch, cancel, |parts| {
        Ok(Session::train_only(parts, job.settings(), architecture.clone())?)
    })
}

/// The events of a session on their way to the log and to whoever watches.
type Queue = Arc<Mutex<Vec<Event>>>;

/// A log whose length is known.
struct Log {
    file: File,
    length: u64,
}

impl Log {
    fn append(&mut self, folder: &RunFolder, events: &[Event]) -> Result<()> {
        let mut text = Vec::new();
        for event in events {
            // A non-finite loss becomes null.
            serde_json::to_writer(&mut text, event).map_err(|e| Error::run(folder.path(), e.to_string()))?;
            text.push(b'\n');
        }
        self.file.write_all(&text).map_err(|source| Error::io(folder.file("events.jsonl"), source))?;
        self.length += text.len() as u64;
        Ok(())
    }
}

fn run(
    folder: &RunFolder,
    job: &Job,
    identity: String,
    parts: Parts,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
    begin: impl FnOnce(Parts) -> Result<Session>,
) -> Result<Outcome> {
    let (mut session, events) = match checkpoint::load(folder, &identity)? {
        Some((saved, weights)) => {
            (Session::load(parts, job.settings(), &saved.session, &weights)?, saved.events)
        }
        None => (begin(parts)?, 0),
    };
    let mut log = Log { file: checkpoint::open_log(folder, events)?, length: events };
    let queue: Queue = Queue::default();
    let sink = Arc::clone(&queue);
    session.observe(Box::new(move |event: &Event| {
        sink.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }));
    let mut saved_at = Instant::now();
    let mut phase = session.phase();
    while phase != Phase::Done {
        let cancelled = cancel.load(Ordering::Relaxed);
        if cancelled || saved_at.elapsed() > INTERVAL {
            save(folder, &identity, &session, &log)?;
            saved_at = Instant::now();
        }
        if cancelled {
            return Ok(Outcome::Cancelled);
        }
        let stepped = session.step();
        let events = std::mem::take(&mut *queue.lock().unwrap_or_else(PoisonError::into_inner));
        log.append(folder, &events)?;
        watch.seconds(session.seconds());
        events.iter().for_each(|event| watch.event(event));
        // After an error the last checkpoint stands: it was good.
        let next = stepped?;
        if next != phase {
            enter(folder, job, &mut session, next)?;
            save(folder, &identity, &session, &log)?;
            saved_at = Instant::now();
            phase = next;
        }
    }
    // Also for a run that was killed after its last step.
    let metrics = Metrics::of(&mut session, job)?;
    file::write_json(&folder.file("metrics.json"), &metrics)?;
    // The run is done whether or not it can be drawn.
    if let Ok(svg) = picture(folder.path()) {
        let _ = file::write(&folder.file("run.svg"), svg.as_bytes());
    }
    Ok(Outcome::Finished(Box::new(metrics)))
}

/// Writes what a phase leaves to the next, before the checkpoint that says it has begun.
fn enter(folder: &RunFolder, job: &Job, session: &mut Session, phase: Phase) -> Result<()> {
    match phase {
        Phase::Training => Ok(()),
        Phase::Searching => {
            let tensors = weights::parameters(session.weights()?);
            weights::write(&folder.file("hypernet.safetensors"), &tensors, "{}".to_owned())
        }
        Phase::Retraining => {
            file::write_json_lines(&folder.file("ranking.jsonl"), &session.ranking())?;
            write_best(folder, job, session)
        }
        Phase::Done => {
            write_best(folder, job, session)?;
            let chosen = session.chosen().cloned();
            let file = chosen.map(|a| architecture_file(job, session.data().task(), a));
            let text = serde_json::to_string(&file).map_err(|e| Error::run(folder.path(), e.to_string()))?;
            let tensors = weights::parameters(session.weights()?);
            weights::write(&folder.file("model.safetensors"), &tensors, text)
        }
    }
}

fn write_best(folder: &RunFolder, job: &Job, session: &Session) -> Result<()> {
    let Some(chosen) = session.chosen() else {
        return Ok(());
    };
    let best = architecture_file(job, session.data().task(), chosen.clone());
    file::write_json(&folder.file("best.arch.json"), &best)
}

fn save(folder: &RunFolder, identity: &str, session: &Session, log: &Log) -> Result<()> {
    log.file.sync_data().map_err(|source| Error::io(folder.file("events.jsonl"), source))?;
    if session.phase() == Phase::Searching {
        file::write_json_lines(&folder.file("ranking.jsonl"), &session.ranking())?;
    }
    checkpoint::save(folder, identity, session, log.length)
}

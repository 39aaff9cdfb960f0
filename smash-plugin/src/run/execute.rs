//! Runs a job in its run folder.

use std::sync::atomic::AtomicBool;

use smash_core::session::{End, Parts, Session, drive};

use super::log::EventLog;
use super::recorder::{Recorder, Watch};
use super::{Metrics, RunFolder, checkpoint, file, picture};
use crate::train::Training;
use crate::{Job, Result};

/// Runs the whole job on its parts: HyperNet training, search, retraining. Where the folder has a checkpoint
/// the run resumes from it, as if it had never stopped. Returns the metrics; `None` when it was cancelled, in
/// which case a checkpoint was written.
///
/// # Errors
/// When a component fails, the folder cannot be written, or the checkpoint belongs to another job.
pub fn search(
    folder: &RunFolder,
    job: &Job,
    parts: Parts,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
) -> Result<Option<Metrics>> {
    let begin = |parts| Ok(Session::new(parts, job.settings())?);
    run((folder, job, &job.identity()), parts, watch, cancel, begin)
}

/// Trains one architecture with its own weights, by the job's recipe on the job's dataset.
///
/// # Errors
/// As [`search`].
pub fn train(
    folder: &RunFolder,
    training: Training,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
) -> Result<Option<Metrics>> {
    let Training { job, parts, architecture } = training;
    let identity = format!("{} {}", job.identity(), architecture.hash());
    run((folder, &job, &identity), parts, watch, cancel, |parts| {
        Ok(Session::train_only(parts, job.settings(), architecture.clone())?)
    })
}

fn run(
    (folder, job, identity): (&RunFolder, &Job, &str),
    parts: Parts,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
    begin: impl FnOnce(Parts) -> Result<Session>,
) -> Result<Option<Metrics>> {
    let (mut session, events) = match checkpoint::load(folder, identity)? {
        Some((saved, weights)) => {
            (Session::load(parts, job.settings(), &saved.session, &weights)?, saved.events)
        }
        None => (begin(parts)?, 0),
    };
    let log = EventLog::open(folder, events)?;
    let mut recorder = Recorder::new((folder, job, identity), (&session, log), watch, cancel);
    if drive(&mut session, &mut recorder)? != End::Done {
        return Ok(None);
    }
    // Also computed for a run that was killed after its last step.
    let metrics = Metrics::of(&mut session, job)?;
    file::write_json(&folder.file("metrics.json"), &metrics)?;
    // A picture that cannot be drawn does not make the run fail.
    if let Ok(svg) = picture(folder.path()) {
        let _ = file::write(&folder.file("run.svg"), svg.as_bytes());
    }
    Ok(Some(metrics))
}

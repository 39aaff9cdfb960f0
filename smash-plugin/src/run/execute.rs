//! Runs a job in its run folder.

use std::sync::atomic::AtomicBool;

use smash_core::session::{End, Parts, Phase, Session, drive};

use super::checkpoint::SavedRun;
use super::files::{self, Verified};
use super::log::{self, EventLog};
use super::recorder::{Recorder, Watch};
use super::{Metrics, RunFolder, checkpoint, names, relax};
use crate::data_identity::DataIdentity;
use crate::seal::sha256;
use crate::train::Training;
use crate::{Error, Job, Result};

/// Runs the whole job on its parts: HyperNet training, search, retraining. Where the folder has a checkpoint
/// the run resumes from it, as if it had never stopped; a finished run is left as it is. Returns the metrics;
/// `None` when it was cancelled, in which case a checkpoint was written.
///
/// # Errors
/// When a component fails, the folder cannot be written, was damaged or replaced, or the checkpoint belongs
/// to another job or other data.
pub fn search(
    folder: &RunFolder,
    job: &Job,
    parts: Parts,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
) -> Result<Option<Metrics>> {
    let begin = |parts| Ok(Session::new(parts, job.settings())?);
    run((folder, job, &Job::identity), parts, (watch, cancel), begin)
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
    let identity = |job: &Job| format!("{} {}", job.identity(), architecture.hash());
    run((folder, &job, &identity), parts, (watch, cancel), |parts| {
        Ok(Session::train_only(parts, job.settings(), architecture.clone())?)
    })
}

/// What a run is told apart from others by, for a job.
type Identity<'a> = &'a dyn Fn(&Job) -> String;

fn run(
    (folder, job, identity): (&RunFolder, &Job, Identity<'_>),
    parts: Parts,
    (watch, cancel): (&mut dyn Watch, &AtomicBool),
    begin: impl FnOnce(Parts) -> Result<Session>,
) -> Result<Option<Metrics>> {
    let (mut session, log, saved) = match checkpoint::load(folder)? {
        None => {
            checkpoint::expect_none(folder)?;
            let data = DataIdentity::of(&parts.data)?;
            let session = begin(parts)?;
            let saved = first((folder, job, identity(job)), data, &session)?;
            let log = EventLog::open(folder, 0, log::verify(folder, 0, None)?.0)?;
            (session, log, saved)
        }
        Some(loaded) => {
            // Everything is verified before anything is changed.
            let saved = &loaded.saved;
            let relaxed = relax::is_relaxed(folder, saved, job, identity)?;
            let (hash, more) = log::verify(folder, saved.events, saved.events_sha256.as_deref())?;
            let task = saved.data.as_ref().map_or(parts.data.task(), |data| &data.task).clone();
            let verified =
                |saved, snapshot, found| Verified { folder, job, saved, snapshot, found, task: &task };
            if saved.session.phase() == Phase::Done
                && !relaxed
                && let Some(metrics) = finished(saved, folder)?
            {
                let (saved, snapshot, found) = loaded.verified()?;
                if more {
                    EventLog::open(folder, saved.events, hash)?;
                }
                verified(&saved, &snapshot, &found).mend()?;
                checkpoint::clean(folder, &saved);
                return Ok(Some(metrics));
            }
            let data = DataIdentity::of(&parts.data)?;
            if let Some(then) = &saved.data {
                data.check(then).map_err(|message| Error::run(folder.path(), message))?;
            }
            let hypernet = if relaxed { relax::hypernet(folder, saved)? } else { None };
            let session = match &hypernet {
                Some(weights) => Session::search_again(parts, job.settings(), &saved.session, weights),
                None => Session::load(parts, job.settings(), &saved.session, &loaded.snapshot),
            };
            let (mut saved, snapshot, found) = loaded.verified()?;
            let session = session?;
            verified(&saved, &snapshot, &found).mend()?;
            checkpoint::clean(folder, &saved);
            let mut log = EventLog::open(folder, saved.events, hash)?;
            let names = [names::JOB, names::HYPERNET, names::RANKING, names::BEST];
            complete(folder, &mut saved, data, &names)?;
            if relaxed {
                relax::record(folder, (&session, &mut log), &mut saved, (job, identity(job)))?;
            }
            (session, log, saved)
        }
    };
    let done = session.phase() == Phase::Done;
    let begun = saved.weights_sha256.is_some();
    let mut recorder = Recorder::new((folder, job), (&session, log, saved), watch, cancel);
    if !begun {
        recorder.begin(&session)?;
    }
    if drive(&mut session, &mut recorder)? != End::Done {
        return Ok(None);
    }
    match recorder.into_metrics() {
        Some(metrics) => Ok(Some(metrics)),
        // A run of the first format that was killed after its last step.
        None if done => {
            let metrics = Metrics::of(&mut session, job)?;
            folder.write(names::METRICS, &files::metrics(&metrics)?)?;
            Ok(Some(metrics))
        }
        None => Err(Error::run(folder.path(), "expected the metrics of a finished run, found none")),
    }
}

/// What the first checkpoint of a run begins with.
fn first(
    (folder, job, identity): (&RunFolder, &Job, String),
    data: DataIdentity,
    session: &Session,
) -> Result<SavedRun> {
    let mut saved = SavedRun {
        identity,
        constraints: Some(job.constraints),
        events: 0,
        events_sha256: None,
        weights_sha256: None,
        files: Default::default(),
        data: None,
        metrics: None,
        card: None,
        session: session.save()?,
    };
    complete(folder, &mut saved, data, &[names::JOB])?;
    Ok(saved)
}

/// Adds what a checkpoint lacks: the first one, and one of the first format.
fn complete(folder: &RunFolder, saved: &mut SavedRun, data: DataIdentity, names: &[&str]) -> Result<()> {
    saved.data.get_or_insert(data);
    for &name in names {
        if !saved.files.contains_key(name)
            && let Some(bytes) = folder.read(name)?
        {
            saved.files.insert(name.to_owned(), sha256(bytes));
        }
    }
    Ok(())
}

/// The metrics of a finished run; `None` when it was killed before it wrote them, as only one of the first
/// format can be.
fn finished(saved: &SavedRun, folder: &RunFolder) -> Result<Option<Metrics>> {
    if saved.metrics.is_some() { Ok(saved.metrics.clone()) } else { RunFolder::read_metrics(folder.path()) }
}

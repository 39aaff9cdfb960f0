//! Keeps a run folder up to date while its session runs: the event log after each step, the results of a
//! phase at its end, checkpoints.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use smash_core::session::{Between, End, Event, Phase, Seconds, Session};

use super::checkpoint::SavedRun;
use super::log::EventLog;
use super::{Metrics, RunFolder, checkpoint, files, names, picture};
use crate::seal::sha256;
use crate::{Error, Job, ModelFile, Result};

/// Time between two checkpoints within a phase.
const INTERVAL: Duration = Duration::from_secs(30);

/// Observes a run while it goes on.
pub trait Watch {
    /// Called for each event, in order, on the thread that runs the job.
    fn event(&mut self, event: &Event);

    /// Called before the events of each step, with the time so far.
    fn seconds(&mut self, _seconds: Seconds) {}
}

impl<F: FnMut(&Event)> Watch for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

/// Keeps a run folder up to date between the steps of its session.
pub(super) struct Recorder<'a> {
    folder: &'a RunFolder,
    job: &'a Job,
    log: EventLog,
    /// The last checkpoint, or what the first will begin with.
    saved: SavedRun,
    watch: &'a mut dyn Watch,
    cancel: &'a AtomicBool,
    saved_at: Instant,
    /// The phase that the written files belong to.
    phase: Phase,
}

impl<'a> Recorder<'a> {
    /// A recorder of a session that starts or resumes in `folder`.
    pub(super) fn new(
        (folder, job): (&'a RunFolder, &'a Job),
        (session, log, saved): (&Session, EventLog, SavedRun),
        watch: &'a mut dyn Watch,
        cancel: &'a AtomicBool,
    ) -> Self {
        let phase = session.phase();
        Self { folder, job, log, saved, watch, cancel, saved_at: Instant::now(), phase }
    }

    /// The metrics of a finished run.
    pub(super) fn into_metrics(self) -> Option<Metrics> {
        self.saved.metrics
    }

    /// Writes what is known before the first step: the architecture of a training of its own, and a
    /// checkpoint. A folder with more than that and no checkpoint has lost it.
    pub(super) fn begin(&mut self, session: &Session) -> Result<()> {
        self.write_best(session)?;
        self.save(session)
    }

    fn save(&mut self, session: &Session) -> Result<()> {
        self.log.sync()?;
        if session.phase() == Phase::Searching {
            self.write(names::RANKING, &files::ranking(&session.ranking())?)?;
        }
        checkpoint::save(self.folder, (session, &self.log), &mut self.saved)?;
        self.saved_at = Instant::now();
        Ok(())
    }

    /// Writes a file whose checksum the next checkpoint keeps.
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.folder.write(name, bytes)?;
        self.saved.files.insert(name.to_owned(), sha256(bytes));
        Ok(())
    }

    /// Writes the results of a finished phase, before the checkpoint of the next.
    fn enter(&mut self, session: &mut Session) -> Result<()> {
        match session.phase() {
            Phase::Training => Ok(()),
            Phase::Searching => self.write(names::HYPERNET, &files::hypernet(session.weights()?)?),
            Phase::Retraining => {
                self.write(names::RANKING, &files::ranking(&session.ranking())?)?;
                self.write_best(session)
            }
            Phase::Done => {
                self.write_best(session)?;
                if let Some(file) = ModelFile::of(session, self.job) {
                    self.write(names::MODEL, &files::model(file, session.weights()?)?)?;
                }
                let metrics = Metrics::of(session, self.job)?;
                self.write(names::METRICS, &files::metrics(&metrics)?)?;
                self.saved.metrics = Some(metrics);
                // A picture that cannot be drawn does not make the run fail.
                if let Ok(svg) = picture(self.folder.path()) {
                    self.write(names::PICTURE, svg.as_bytes())?;
                }
                Ok(())
            }
        }
    }

    fn write_best(&mut self, session: &Session) -> Result<()> {
        let Some(best) = ModelFile::of(session, self.job) else {
            return Ok(());
        };
        self.write(names::BEST, &files::best(&best)?)?;
        self.saved.card = best.card;
        Ok(())
    }
}

impl Between<Error> for Recorder<'_> {
    fn before(&mut self, session: &Session) -> Result<Option<End>> {
        let cancelled = self.cancel.load(Ordering::Relaxed);
        if cancelled || self.saved_at.elapsed() > INTERVAL {
            self.save(session)?;
        }
        Ok(cancelled.then_some(End::Cancelled))
    }

    fn events(&mut self, session: &Session, events: &[Event]) -> Result<()> {
        self.folder.check()?;
        self.log.append(events)?;
        self.watch.seconds(session.seconds());
        events.iter().for_each(|event| self.watch.event(event));
        Ok(())
    }

    /// Not called after a step that failed: the last checkpoint is still valid.
    fn after(&mut self, session: &mut Session) -> Result<Option<End>> {
        if session.phase() != self.phase {
            self.enter(session)?;
            self.save(session)?;
            self.phase = session.phase();
        }
        Ok(None)
    }
}

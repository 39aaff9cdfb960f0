//! Keeps a run folder up to date while its session runs: the event log after each step, the results of a
//! phase at its end, checkpoints.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use smash_core::session::{Between, End, Event, Phase, Seconds, Session};

use super::log::EventLog;
use super::{RunFolder, checkpoint, file, weights};
use crate::{Error, Job, Result, architecture_file};

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
    pub(super) folder: &'a RunFolder,
    pub(super) job: &'a Job,
    /// Identity of the job.
    pub(super) identity: &'a str,
    pub(super) log: EventLog,
    pub(super) watch: &'a mut dyn Watch,
    pub(super) cancel: &'a AtomicBool,
    saved_at: Instant,
    /// The phase that the written files belong to.
    phase: Phase,
}

impl<'a> Recorder<'a> {
    /// A recorder of a session that starts or resumes in `folder`.
    pub(super) fn new(
        (folder, job, identity): (&'a RunFolder, &'a Job, &'a str),
        (session, log): (&Session, EventLog),
        watch: &'a mut dyn Watch,
        cancel: &'a AtomicBool,
    ) -> Self {
        Self { folder, job, identity, log, watch, cancel, saved_at: Instant::now(), phase: session.phase() }
    }

    fn save(&mut self, session: &Session) -> Result<()> {
        self.log.sync()?;
        if session.phase() == Phase::Searching {
            file::write_json_lines(&self.folder.file("ranking.jsonl"), &session.ranking())?;
        }
        checkpoint::save(self.folder, self.identity, session, self.log.len())?;
        self.saved_at = Instant::now();
        Ok(())
    }

    /// Writes the results of a finished phase, before the checkpoint of the next.
    fn enter(&self, session: &Session) -> Result<()> {
        let folder = self.folder;
        match session.phase() {
            Phase::Training => Ok(()),
            Phase::Searching => {
                let tensors = weights::parameters(session.weights()?);
                weights::write(&folder.file("hypernet.safetensors"), &tensors, "{}".to_owned())
            }
            Phase::Retraining => {
                file::write_json_lines(&folder.file("ranking.jsonl"), &session.ranking())?;
                self.write_best(session)
            }
            Phase::Done => {
                self.write_best(session)?;
                let chosen = session.chosen().cloned();
                let file = chosen.map(|a| architecture_file(self.job, session.data().task(), a));
                let text =
                    serde_json::to_string(&file).map_err(|e| Error::run(folder.path(), e.to_string()))?;
                let tensors = weights::parameters(session.weights()?);
                weights::write(&folder.file("model.safetensors"), &tensors, text)
            }
        }
    }

    fn write_best(&self, session: &Session) -> Result<()> {
        let Some(chosen) = session.chosen() else {
            return Ok(());
        };
        let best = architecture_file(self.job, session.data().task(), chosen.clone());
        file::write_json(&self.folder.file("best.arch.json"), &best)
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

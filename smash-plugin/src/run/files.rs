//! The files that a run leaves: their names, their bytes, and how they are made again from a verified
//! checkpoint.

use smash_core::backend::Snapshot;
use smash_core::session::{Phase, Record};
use smash_core::task::Task;

use super::checkpoint::{Hashes, SavedRun};
use super::names::{BEST, HYPERNET, METRICS, MODEL, PICTURE, RANKING};
use super::{Metrics, RunFolder, file, picture, weights};
use crate::seal::{differs, sha256};
use crate::{Error, Job, ModelFile, Result, StoredModel, architecture_file};

pub(super) fn ranking(ranking: &[Record]) -> Result<Vec<u8>> {
    file::json_lines(RANKING.as_ref(), ranking)
}

pub(super) fn hypernet(snapshot: Snapshot) -> Result<Vec<u8>> {
    weights::encode(HYPERNET.as_ref(), &weights::parameters(snapshot), "{}".to_owned())
}

pub(super) fn best(best: &ModelFile) -> Result<Vec<u8>> {
    file::json(BEST.as_ref(), best)
}

pub(super) fn model(file: ModelFile, snapshot: Snapshot) -> Result<Vec<u8>> {
    StoredModel { path: MODEL.into(), file, tensors: weights::parameters(snapshot) }.encode()
}

pub(super) fn metrics(metrics: &Metrics) -> Result<Vec<u8>> {
    file::json(METRICS.as_ref(), metrics)
}

/// A checkpoint that was verified, with what its files are made from.
pub(super) struct Verified<'a> {
    pub(super) folder: &'a RunFolder,
    pub(super) job: &'a Job,
    pub(super) saved: &'a SavedRun,
    pub(super) snapshot: &'a Snapshot,
    /// Checksums of the files that are there.
    pub(super) found: &'a Hashes,
    /// The task of the examples.
    pub(super) task: &'a Task,
}

impl Verified<'_> {
    /// The bytes of a file, made from the checkpoint; `None` for one that does not follow from it.
    fn made(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let session = &self.saved.session;
        let best_file = || {
            let architecture = architecture_file(self.job, self.task, session.chosen()?.clone());
            Some(ModelFile { architecture, card: self.saved.card.clone(), metrics: None })
        };
        match (name, session.phase()) {
            (RANKING, _) => session.ranking().map(|records| ranking(&records)).transpose(),
            (BEST, Phase::Retraining | Phase::Done) => best_file().map(|file| best(&file)).transpose(),
            (HYPERNET, Phase::Searching) => hypernet(self.snapshot.clone()).map(Some),
            (MODEL, Phase::Done) => best_file().map(|file| model(file, self.snapshot.clone())).transpose(),
            (METRICS, Phase::Done) => self.saved.metrics.as_ref().map(metrics).transpose(),
            _ => Ok(None),
        }
    }

    /// Makes sure that every file that the checkpoint knows is as it was written: what follows from the
    /// checkpoint is written again where it is missing or damaged. Nothing is written before all files were
    /// looked at. Of the first format, which has no checksums, files that are missing are written.
    ///
    /// # Errors
    /// When a file is damaged that does not follow from the checkpoint.
    pub(super) fn mend(&self) -> Result<()> {
        let mut mended = Vec::new();
        let mut picture_again = false;
        for (name, expected) in &self.saved.files {
            if self.found.get(name) == Some(expected) {
                continue;
            }
            if name == PICTURE {
                picture_again = true;
                continue;
            }
            match (self.made(name)?.filter(|bytes| sha256(bytes) == *expected), self.found.get(name)) {
                (Some(bytes), _) => mended.push((name.as_str(), bytes)),
                // What is only there for `smash score` may be deleted to save space.
                (None, None) if name == HYPERNET => {}
                (None, None) => {
                    return Err(Error::damaged(
                        self.folder.file(name),
                        "is missing, and cannot be made again from the checkpoint: restore it from a copy",
                    ));
                }
                (None, Some(found)) => {
                    return Err(Error::damaged(self.folder.file(name), differs(expected, found)));
                }
            }
        }
        for name in self.unknown() {
            if self.folder.read(name)?.is_none()
                && let Some(bytes) = self.made(name)?
            {
                mended.push((name, bytes));
            }
        }
        for (name, bytes) in mended {
            self.folder.write(name, &bytes)?;
        }
        if picture_again && let Ok(svg) = picture(self.folder.path()) {
            self.folder.write(PICTURE, svg.as_bytes())?;
        }
        Ok(())
    }

    /// The files that a run of the first format has in its phase, beside those that must be there anyway.
    fn unknown(&self) -> &'static [&'static str] {
        let session = &self.saved.session;
        let searched = session.ranking().is_some_and(|records| !records.is_empty());
        match session.phase() {
            _ if !self.saved.files.is_empty() => &[],
            Phase::Training => &[],
            Phase::Searching => &[HYPERNET],
            Phase::Retraining if searched => &[RANKING, BEST],
            Phase::Retraining => &[],
            Phase::Done if searched => &[RANKING, BEST, MODEL],
            Phase::Done => &[BEST, MODEL],
        }
    }
}

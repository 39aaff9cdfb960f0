//! The HyperNet of a finished search, ready to score one architecture after the other.

use std::path::Path;

use smash_core::architecture::Architecture;
use smash_core::backend::Snapshot;
use smash_core::session::Session;
use smash_core::strategy::Score;

use super::record::Record;
use super::{RunFolder, names, weights};
use crate::{Error, Registry, Result};

/// The trained HyperNet of a run, with all that scoring needs.
pub struct Scorer {
    session: Session,
}

impl Scorer {
    /// Opens the HyperNet of a run.
    ///
    /// # Errors
    /// When the run has no trained HyperNet yet, or it or a component of the job cannot be read, or its files
    /// were damaged.
    pub fn open(run: &Path, registry: &Registry) -> Result<Self> {
        let (record, job) = (Record::read(run)?, RunFolder::read_job(run, registry)?);
        let path = run.join(names::HYPERNET);
        if !path.exists() {
            return Err(Error::run(run, "has no trained HyperNet yet: let its search begin first"));
        }
        let (tensors, _) = weights::decode(&path, &record.file(&path)?)?;
        weights::expect_finite(&path, &tensors)?;
        let mut session = Session::new(job.parts(registry)?, job.settings())?;
        session.backend().restore(&Snapshot { tensors, ..Snapshot::default() })?;
        Ok(Self { session })
    }

    /// The score of an architecture: bit for bit the one that the run itself recorded, on the same engine.
    ///
    /// # Errors
    /// When the architecture is not valid in the run's space.
    pub fn score(&mut self, architecture: &Architecture) -> Result<Score> {
        let scores = self.session.score(std::slice::from_ref(architecture))?;
        let none = || Error::Core(smash_core::Error::State("the estimator gave no score".into()));
        scores.into_iter().next().ok_or_else(none)
    }
}

//! Scoring architectures with the HyperNet of a finished search.

use std::path::Path;

use smash_core::architecture::Architecture;
use smash_core::backend::Snapshot;
use smash_core::session::Session;
use smash_core::strategy::Score;

use super::record::Record;
use super::{RunFolder, weights};
use crate::{Error, Registry, Result};

/// Scores architectures with the trained HyperNet of a run: bit for bit the scores that the run itself
/// recorded, on the same engine.
///
/// # Errors
/// When the run has no trained HyperNet yet, or an architecture is not valid in its space.
pub fn score(run: &Path, registry: &Registry, architectures: &[Architecture]) -> Result<Vec<Score>> {
    let (record, job) = (Record::read(run)?, RunFolder::read_job(run, registry)?);
    let path = run.join("hypernet.safetensors");
    if !path.exists() {
        return Err(Error::run(run, "has no trained HyperNet yet: let its search begin first"));
    }
    let (tensors, _) = weights::decode(&path, &record.file(&path)?)?;
    weights::expect_finite(&path, &tensors)?;
    let mut session = Session::new(job.parts(registry)?, job.settings())?;
    session.backend().restore(&Snapshot { tensors, ..Snapshot::default() })?;
    Ok(session.score(architectures)?)
}

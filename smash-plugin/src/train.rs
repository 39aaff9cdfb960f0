//! Trains one given architecture with its own weights: the job for it, and the components it needs.

use serde_json::Value;
use smash_core::architecture::{Architecture, ArchitectureFile};
use smash_core::dataset::Data;
use smash_core::session::Parts;

use crate::{Job, Registry, Result, space_of};

/// The training of one architecture by a job, with all components open.
pub struct Training {
    /// The job; its space is the architecture's.
    pub job: Job,
    /// The components of the session.
    pub parts: Parts,
    /// The architecture to train.
    pub architecture: Architecture,
}

impl Training {
    /// Puts the space that an architecture file names into a job that is not parsed yet. The job's own space
    /// stays where the file names none.
    pub fn set_space(document: &mut Value, file: &ArchitectureFile) {
        if let (Some(settings), Some(fields)) = (&file.settings, document.as_object_mut()) {
            fields.insert("space".to_owned(), settings.clone());
        }
    }

    /// Opens the components of a job for an architecture of its space. The architecture must fit the job's
    /// dataset, whatever task it was found for.
    ///
    /// # Errors
    /// Problems of the job's components; when the architecture is not valid in the space for these examples.
    pub fn new(registry: &Registry, job: Job, data: Data, file: &ArchitectureFile) -> Result<Self> {
        let file = ArchitectureFile { settings: None, task: Some(data.task().clone()), ..file.clone() };
        let (space, _) = space_of(registry, &file, Some((&job.space, data.task())))?;
        let strategy = registry.strategy(&job.strategy)?;
        let backend = registry.backend(&job.backend, job.threads)?;
        let parts = Parts { space, strategy, data, backend };
        Ok(Self { job, parts, architecture: file.architecture })
    }
}

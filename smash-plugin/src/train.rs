//! Training one given architecture with its own weights: what a job is for that, and what it works with.

use serde_json::Value;
use smash_core::architecture::{Architecture, ArchitectureFile};
use smash_core::dataset::Data;
use smash_core::session::Parts;

use crate::{Job, Registry, Result, space_of};

/// An architecture that is to be trained by a job, with everything open that it takes.
pub struct Training {
    /// The job; its space is the architecture's.
    pub job: Job,
    /// The components.
    pub parts: Parts,
    /// What is trained.
    pub architecture: Architecture,
}

impl Training {
    /// Puts the space that an architecture says it is from into a job that is not parsed yet. The job's own space stays where the
    /// file names none.
    pub fn place(document: &mut Value, file: &ArchitectureFile) {
        if let (Some(settings), Some(fields)) = (&file.settings, document.as_object_mut()) {
            fields.insert("space".to_owned(), settings.clone());
        }
    }

    /// Opens what the job takes, for an architecture of its space, which must fit the examples of the job whatever task it was
    /// found for.
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

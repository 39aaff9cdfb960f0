//! Training of one given architecture for an embedding host.

use std::sync::Arc;

use serde_json::Value;
use smash_core::architecture::ArchitectureFile;
use smash_core::error::Problem;
use smash_core::session::{End, Session};

use super::call::{Limits, Listener};
use super::context::parse;
use super::search::Search;
use super::{Context, Model, SharedDataset};
use crate::train::Training;
use crate::{Error, Format, Result};

impl Model {
    /// Trains one architecture with its own weights by a job's recipe, on the job's dataset or on one of the
    /// host. `None` when it was cancelled.
    ///
    /// # Errors
    /// Problems of the job and of the architecture; when a component fails.
    pub fn train(
        context: Arc<Context>,
        architecture: &str,
        job: &str,
        data: Option<&SharedDataset>,
        limits: Limits,
        listener: Listener<'_>,
    ) -> Result<Option<Self>> {
        let file = architecture_of(architecture)?;
        let mut document: Value = parse(job, "job")?;
        Training::set_space(&mut document, &file);
        let job = context.job(document, data.is_some())?;
        let data = context.data(&job, data)?;
        let Training { job, parts, architecture } = Training::new(&context.registry(), job, data, &file)?;
        let session = Session::train_only(parts, job.settings(), architecture)?;
        let mut search = Search::around(context, job, session);
        if search.run(limits, listener)? == End::Done { search.model().map(Some) } else { Ok(None) }
    }
}

/// An architecture file of a host.
fn architecture_of(text: &str) -> Result<ArchitectureFile> {
    Format::Architecture.check_text(text).map_err(|message| Error::Document {
        name: "architecture",
        problems: vec![Problem::new("/format", message)],
    })?;
    parse(text, "architecture")
}

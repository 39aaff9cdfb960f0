//! Training of one given architecture for an embedding host.

use std::sync::Arc;

use serde_json::{Value, json};
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
    /// Unless the job says otherwise, the validation split is kept apart: hosts compare what they train.
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
        keep_validation(&mut document);
        let job = context.job(document, data.is_some())?;
        let data = context.data(&job, data)?;
        let Training { job, parts, architecture } = Training::new(&context.registry(), job, data, &file)?;
        let session = Session::train_only(parts, job.settings(), architecture)?.validating();
        let mut search = Search::around(context, job, session);
        if search.run(limits, listener)? == End::Done { search.model().map(Some) } else { Ok(None) }
    }
}

/// Keeps the validation split apart, unless a job says whether to train on it.
fn keep_validation(document: &mut Value) {
    if let Some(job) = document.as_object_mut()
        && let Some(retrain) = job.entry("retrain").or_insert_with(|| json!({})).as_object_mut()
    {
        retrain.entry("use_validation").or_insert_with(|| false.into());
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

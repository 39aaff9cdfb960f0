//! The model that classifies: that of a run, or a model file alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use smash_core::dataset::{Data, Decoding, Normalise};
use smash_core::task::Task;
use smash_plugin::run::{self, Predictor, RunFolder};
use smash_plugin::{Decoder, Job, ModelCard, Registry, StoredModel};

use super::classes::Classes;
use crate::error::{Error, Result};

/// A model with what it knows of its data.
pub(crate) struct Model {
    pub(crate) predictor: Predictor,
    pub(crate) classes: Classes,
    /// How files become examples.
    pub(crate) decoder: Arc<Decoder>,
    /// Whether the model knows how files become examples, which those of earlier versions do not.
    pub(crate) knows_files: bool,
    /// The statistics with which decoded examples are normalised.
    pub(crate) normalise: Option<Normalise>,
    /// The seed of its job.
    seed: u64,
    /// The run folder, unless the model is a file alone.
    pub(crate) run: Option<PathBuf>,
}

impl Model {
    /// Opens the model of a run folder on the engine of its job, or that of a file on the native engine.
    pub(crate) fn open(registry: &Registry, path: &Path) -> Result<Self> {
        let alone = path.is_file();
        let predictor = if alone {
            let backend = registry.backend(&json!({"type": "native"}), 0)?;
            Predictor::new(registry, StoredModel::read(path)?, backend)?
        } else {
            run::predictor(path, registry)?
        };
        let run = (!alone).then(|| path.to_owned());
        let card: Option<ModelCard> = predictor.card().cloned();
        let task = predictor.task();
        let classes = Classes::new(card.as_ref().and_then(|card| card.class_names.as_deref()), task.classes);
        let decoder = match &card {
            Some(card) => Decoder::new(&card.decoding, task, card.views)?,
            None => Decoder::new(&Decoding::Values, task, 1)?,
        };
        let knows_files = card.is_some();
        let normalise = match (&card, &run) {
            (Some(card), _) => card.normalise.clone(),
            (None, Some(run)) => RunFolder::read_metrics(run)?.and_then(|metrics| metrics.normalise),
            (None, None) => None,
        };
        let seed = card.map_or(0, |card| card.seed);
        Ok(Self { predictor, classes, decoder: Arc::new(decoder), knows_files, normalise, seed, run })
    }

    /// The shape of the examples.
    pub(crate) fn task(&self) -> &Task {
        self.predictor.task()
    }

    /// The job of the run; `None` for a model file alone.
    pub(crate) fn job(&self, registry: &Registry) -> Result<Option<Job>> {
        Ok(self.run.as_ref().map(|run| RunFolder::read_job(run, registry)).transpose()?)
    }

    /// The job of the run with another dataset, or one with that dataset alone.
    pub(crate) fn job_on(&self, registry: &Registry, dataset: Value) -> Result<Job> {
        match self.job(registry)? {
            Some(job) => Ok(Job { dataset, ..job }),
            None => Ok(Job::parse(registry, &json!({"dataset": dataset, "seed": self.seed}))?),
        }
    }

    /// The dataset of a job, normalised as the model was trained, and the model's class for each of its
    /// labels.
    pub(crate) fn dataset(&self, registry: &Registry, job: &Job) -> Result<(Data, Vec<usize>)> {
        let data = self.normalise.iter().fold(job.data(registry)?, Data::normalised_as);
        let (found, expected) = (data.task().dims(), self.task().dims());
        if found != expected {
            return Err(Error::Data(format!(
                "the model expects examples of {}, the dataset has {}",
                crate::table::joined(&expected),
                crate::table::joined(&found)
            )));
        }
        let classes = self.classes.of_dataset(data.dataset())?;
        Ok((data, classes))
    }
}

//! The job: everything that a run depends on, as one JSON document.

mod assign;
mod identity;
mod older;
mod parse;
mod schema;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smash_core::constraint::Constraints;
use smash_core::dataset::{Data, Dataset, SplitRule};
use smash_core::random::Seed;
use smash_core::session::{Budget, Parts, Settings};
use smash_core::train::Recipe;

use crate::error::{Error, Result};
use crate::registry::Registry;

/// A job: which space is searched by which strategy, on which dataset, with which engine. [`Job::parse`] is
/// the way to make one: it checks everything and fills in all defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default = "Job::smallest")]
#[schemars(description = "Which space is searched by which strategy, on which data, with which engine.")]
pub struct Job {
    /// Seed of every random draw: the same job with the same seed gives the same result.
    pub seed: u64,
    /// Search space: which networks are considered.
    pub space: Value,
    /// Search strategy: how networks are proposed, and by which estimator they are ranked.
    pub strategy: Value,
    /// Dataset: the examples and their labels.
    pub dataset: Value,
    /// Train/validation split: which of the dataset's training examples train, and which validate, so that
    /// they rank architectures.
    #[serde(skip_serializing_if = "SplitRule::is_datasets")]
    #[schemars(extend("default" = {"type": "dataset"}))]
    pub splits: SplitRule,
    /// Engine (backend) that computes.
    pub backend: Value,
    /// Bounds on the networks that are considered.
    pub constraints: Constraints,
    /// Training recipe of the best network, with its own weights.
    pub retrain: Recipe,
    /// Limits on wall-clock time.
    pub budget: Budget,
    /// Worker threads of the engine; 0 means one per core. Results do not depend on it.
    #[schemars(range(max = 4096))]
    pub threads: usize,
}

impl Job {
    /// The job that an empty document stands for, before its components fill in their own defaults.
    pub(crate) fn smallest() -> Self {
        Self {
            seed: 0,
            space: json!({"type": "memory_bank"}),
            strategy: json!({"type": "smash"}),
            dataset: json!({"type": "digits"}),
            splits: SplitRule::default(),
            backend: json!({"type": "native"}),
            constraints: Constraints::default(),
            retrain: Recipe::default(),
            budget: Budget::default(),
            threads: 0,
        }
    }

    /// The job as JSON with every default filled in.
    pub fn resolved(&self) -> Value {
        // Plain data under string keys always serialises.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The settings of a session.
    pub fn settings(&self) -> Settings {
        Settings {
            seed: self.seed,
            constraints: self.constraints,
            retrain: self.retrain.clone(),
            budget: self.budget,
        }
    }

    /// Opens the dataset and draws its train/validation/test split from the seed.
    ///
    /// # Errors
    /// When it is missing, damaged or too small to be split.
    pub fn data(&self, registry: &Registry) -> Result<Data> {
        self.data_of(registry.dataset(&self.dataset)?)
    }

    /// As [`data`](Self::data), for a dataset that is already open; the job's own dataset is not used.
    ///
    /// # Errors
    /// When it is too small to be split.
    pub fn data_of(&self, dataset: Box<dyn Dataset>) -> Result<Data> {
        let data = Data::split(dataset, &self.splits, Seed::new(self.seed));
        data.map_err(|error| Error::under(error, "/splits"))
    }

    /// The components of a session: opens the dataset, makes the space for its task and the strategy, starts
    /// the engine.
    ///
    /// # Errors
    /// Problems of a component under its key in the job; files that are missing or damaged; an engine that
    /// this machine cannot run.
    pub fn parts(&self, registry: &Registry) -> Result<Parts> {
        self.parts_on(registry, self.data(registry)?)
    }

    /// As [`parts`](Self::parts), on examples that are already loaded; the job's own dataset is not used.
    ///
    /// # Errors
    /// As [`parts`](Self::parts).
    pub fn parts_on(&self, registry: &Registry, data: Data) -> Result<Parts> {
        let space = registry.space(&self.space, data.task())?;
        let strategy = registry.strategy(&self.strategy)?;
        let backend = registry.backend(&self.backend, self.threads)?;
        Ok(Parts { space, strategy, data, backend })
    }
}

#[cfg(test)]
mod tests;

//! The job: everything that a run depends on, as one JSON document.

mod assign;
mod identity;
mod older;
mod parse;

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

/// A job: which space is searched by which strategy, on which data, with which engine. [`Job::parse`] is the way to
/// make one: it checks everything and writes all defaults out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default = "Job::smallest")]
#[schemars(description = "Which space is searched by which strategy, on which data, with which engine.")]
pub struct Job {
    /// Every draw comes from it: same job, same seed, same result.
    pub seed: u64,
    /// Which networks are considered.
    pub space: Value,
    /// How networks are proposed and compared.
    pub strategy: Value,
    /// The examples.
    pub dataset: Value,
    /// Which of its examples rank architectures and which train.
    #[serde(skip_serializing_if = "SplitRule::is_datasets")]
    #[schemars(extend("default" = {"type": "dataset"}))]
    pub splits: SplitRule,
    /// The engine that computes.
    pub backend: Value,
    /// Bounds on the networks that are considered.
    pub constraints: Constraints,
    /// How the best network is trained with its own weights.
    pub retrain: Recipe,
    /// Limits on wall-clock time.
    pub budget: Budget,
    /// Worker threads of the engine; 0 means one per core. Results do not depend on it.
    #[schemars(range(max = 4096))]
    pub threads: usize,
}

impl Job {
    /// What a job says that says nothing; the components still lack their own defaults.
    fn smallest() -> Self {
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

    /// The job as JSON with every default written out.
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

    /// Opens the dataset and splits it by the seed.
    ///
    /// # Errors
    /// When it is missing, damaged or too small to be split.
    pub fn data(&self, registry: &Registry) -> Result<Data> {
        self.data_of(registry.dataset(&self.dataset)?)
    }

    /// The same with a dataset that is open already, whatever the job says of it.
    ///
    /// # Errors
    /// When it is too small to be split.
    pub fn data_of(&self, dataset: Box<dyn Dataset>) -> Result<Data> {
        let data = Data::split(dataset, &self.splits, Seed::new(self.seed));
        data.map_err(|error| Error::under(error, "/splits"))
    }

    /// The components of a session: opens the dataset, makes the space for its task and the strategy, starts the engine.
    ///
    /// # Errors
    /// Problems of a component under its key in the job; files that are missing or damaged; an engine that this machine
    /// cannot run.
    pub fn parts(&self, registry: &Registry) -> Result<Parts> {
        self.parts_on(registry, self.data(registry)?)
    }

    /// The same with examples that are there already, whatever the job says of its dataset.
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

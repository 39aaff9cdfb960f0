//! A trained network as a file: its weights, and all that it takes to use them on a machine that has nothing
//! else of its run.

mod card;

pub use card::ModelCard;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smash_core::architecture::ArchitectureFile;
use smash_core::error::Problem;
use smash_core::graph::Graph;
use smash_core::session::Session;
use smash_core::space::WeightScheme;
use smash_core::task::Task;
use smash_core::tensor::Tensor;

use crate::run::weights;
use crate::{Error, Format, Job, Registry, Result, architecture_file, space_of};

/// An architecture with the card of its model: `best.arch.json`, and the metadata of `model.safetensors`.
/// Files of earlier versions have no card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// The architecture, its space and its task.
    #[serde(flatten)]
    pub architecture: ArchitectureFile,
    /// What else the model knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<ModelCard>,
    /// The metrics that a host saved with its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Value>,
}

impl ModelFile {
    /// The architecture that a session chose, with what is known of its model so far; `None` before that.
    pub(crate) fn of(session: &Session, job: &Job) -> Option<Self> {
        let architecture = architecture_file(job, session.data().task(), session.chosen()?.clone());
        Some(Self { architecture, card: Some(ModelCard::of(session, job)), metrics: None })
    }
}

/// A model file that was read.
#[derive(Clone, Debug)]
pub struct StoredModel {
    /// Where it was read, or what messages call it.
    pub path: PathBuf,
    /// What it says of itself.
    pub file: ModelFile,
    /// Weights and batch-norm statistics, by their names in the graph.
    pub tensors: BTreeMap<String, Tensor>,
}

impl StoredModel {
    /// Reads a model file (`model.safetensors`) that stands alone.
    ///
    /// # Errors
    /// When it cannot be read, is no model or a damaged one, or its weights are not finite.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = smash_files::read(path).map_err(|source| Error::io(path, source))?;
        Self::decode(path, &bytes)
    }

    /// Decodes a model; `path` is its name in messages.
    pub(crate) fn decode(path: &Path, bytes: &[u8]) -> Result<Self> {
        let (tensors, text) = weights::decode(path, bytes)?;
        weights::expect_finite(path, &tensors)?;
        Format::Model.check_text(&text).map_err(|message| Error::run(path, message))?;
        let file = smash_core::json::from_str(&text).map_err(|error| {
            Error::damaged(path, format!("its metadata does not hold an architecture: {error}"))
        })?;
        Ok(Self { path: path.to_owned(), file, tensors })
    }

    /// The bytes of the model file.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let text = serde_json::to_string(&self.file).map_err(|e| Error::run(&self.path, e.to_string()))?;
        weights::encode(&self.path, &self.tensors, text)
    }

    /// The network with its own weights, and the task it is for.
    ///
    /// # Errors
    /// When the architecture is not valid or lacks its settings or task, or card or weights are not those of
    /// its network.
    pub fn network(&self, registry: &Registry) -> Result<(Graph, Task)> {
        let (graph, task) = self.built(registry)?;
        if let Some(card) = &self.file.card {
            let at = |problem: Problem| Problem { pointer: format!("/card{}", problem.pointer), ..problem };
            card.check(&task).map_err(|problem| Error::damaged(&self.path, at(problem).to_string()))?;
        }
        self.check_weights(&graph)?;
        Ok((graph, task))
    }

    /// The graph that the model has, or else the one that its space builds.
    fn built(&self, registry: &Registry) -> Result<(Graph, Task)> {
        let file = &self.file.architecture;
        let kept = self.file.card.as_ref().and_then(|card| card.graph.as_ref());
        if let (Some(graph), Some(task)) = (kept, &file.task) {
            let wrong = |message: String| Error::damaged(&self.path, format!("/card/graph: {message}"));
            task.check().map_err(|problem| wrong(problem.to_string()))?;
            smash_sdk::graph::check(graph, Some(task)).map_err(wrong)?;
            return Ok((graph.clone(), task.clone()));
        }
        let (space, task) = space_of(registry, file, None).map_err(|error| self.unfit(error))?;
        Ok((space.build(&file.architecture, WeightScheme::Standalone)?, task))
    }

    /// An error of the architecture, with the file that it is in.
    fn unfit(&self, error: Error) -> Error {
        match error {
            Error::Architecture(_) => Error::damaged(&self.path, error.to_string()),
            other => other,
        }
    }

    fn check_weights(&self, graph: &Graph) -> Result<()> {
        for parameter in &graph.parameters {
            let (name, expected) = (&parameter.name, &parameter.stored);
            let found = match self.tensors.get(name).map(Tensor::shape) {
                Some(shape) if shape == expected => continue,
                Some(shape) => format!("{shape:?}"),
                None => "none of that name".into(),
            };
            return Err(Error::damaged(
                &self.path,
                format!("tensor {name}: expected {expected:?}, as its network has it, found {found}"),
            ));
        }
        Ok(())
    }
}

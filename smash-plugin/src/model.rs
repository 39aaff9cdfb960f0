//! A trained network as a file: its weights, and all that it takes to use them on a machine that has nothing
//! else of its run.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use smash_core::architecture::ArchitectureFile;
use smash_core::dataset::{Decoding, Normalise};
use smash_core::graph::Graph;
use smash_core::session::Session;
use smash_core::space::WeightScheme;
use smash_core::task::Task;
use smash_core::tensor::Tensor;

use crate::run::weights;
use crate::{Error, Format, Job, Registry, Result, architecture_file, space_of};

/// What a model knows beside its architecture and its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// The name of each class, in the order of the network's outputs; `None` where they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_names: Option<Vec<String>>,
    /// What the axes of an example are, from the outermost on: `channels`, then those of its extents.
    pub layout: Vec<String>,
    /// How files become examples.
    pub decoding: Decoding,
    /// The statistics with which decoded examples are normalised; `None` where they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalise: Option<Normalise>,
    /// Views of an example, over which a test averaged its predictions.
    pub views: usize,
    /// The type of the dataset; `None` for one of a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The seed of the job.
    pub seed: u64,
    /// The version of this program.
    pub smash: String,
    /// The engine that trained it, and its kernel level.
    pub engine: String,
    /// Error (fraction) on the test split; `None` before the test, and where there is no such split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_error: Option<f64>,
    /// Cross-entropy on the test split, in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_loss: Option<f64>,
}

impl ModelCard {
    /// What is known in a session so far.
    pub(crate) fn of(session: &Session, job: &Job) -> Self {
        let (data, test) = (session.data(), session.test_score());
        let (dataset, engine) = (data.dataset(), session.backend_info());
        Self {
            class_names: dataset.class_names().map(<[String]>::to_vec),
            layout: layout(data.task()),
            decoding: dataset.decoding(),
            normalise: data.normalise().cloned(),
            views: dataset.views().max(1),
            dataset: job.dataset["type"].as_str().map(str::to_owned),
            seed: job.seed,
            smash: env!("CARGO_PKG_VERSION").to_owned(),
            engine: format!("{} {}", engine.id, engine.level).trim_end().to_owned(),
            test_error: test.map(|score| score.error),
            test_loss: test.map(|score| score.loss),
        }
    }
}

/// The axes of an example.
fn layout(task: &Task) -> Vec<String> {
    let axes: &[&str] = match task.extents.len() {
        1 => &["length"],
        2 => &["height", "width"],
        _ => &["depth", "height", "width"],
    };
    ["channels"].iter().chain(axes).map(|&axis| axis.to_owned()).collect()
}

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
}

impl ModelFile {
    /// The architecture that a session chose, with what is known of its model so far; `None` before that.
    pub(crate) fn of(session: &Session, job: &Job) -> Option<Self> {
        let architecture = architecture_file(job, session.data().task(), session.chosen()?.clone());
        Some(Self { architecture, card: Some(ModelCard::of(session, job)) })
    }
}

/// A model file that was read.
#[derive(Clone, Debug)]
pub struct StoredModel {
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
        Ok(Self { file, tensors })
    }

    /// The bytes of the model file.
    pub(crate) fn encode(&self, path: &Path) -> Result<Vec<u8>> {
        let text = serde_json::to_string(&self.file).map_err(|e| Error::run(path, e.to_string()))?;
        weights::encode(path, &self.tensors, text)
    }

    /// The network with its own weights, and the task it is for.
    ///
    /// # Errors
    /// When the architecture is not valid, or lacks its settings or task.
    pub fn network(&self, registry: &Registry) -> Result<(Graph, Task)> {
        let file = &self.file.architecture;
        let (space, task) = space_of(registry, file, None)?;
        Ok((space.build(&file.architecture, WeightScheme::Standalone)?, task))
    }
}

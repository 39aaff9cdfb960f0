//! What a model knows of itself.

use serde::{Deserialize, Serialize};
use smash_core::dataset::{Decoding, Normalise};
use smash_core::error::Problem;
use smash_core::graph::Graph;
use smash_core::session::Session;
use smash_core::space::WeightScheme;
use smash_core::task::Task;

use crate::{Decoder, Job};

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
    /// Its network, where the space is that of a plugin: the model is used without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph: Option<Graph>,
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
        let space = session.space();
        let travels = session.chosen().filter(|_| space.graph_travels());
        let graph = travels.and_then(|chosen| space.build(chosen, WeightScheme::Standalone).ok());
        Self {
            class_names: dataset.class_names().map(<[String]>::to_vec),
            layout: layout(data.task()),
            decoding: dataset.decoding(),
            normalise: data.normalise().cloned(),
            graph,
            views: dataset.views().max(1),
            dataset: job.dataset["type"].as_str().map(str::to_owned),
            seed: job.seed,
            smash: env!("CARGO_PKG_VERSION").to_owned(),
            engine: format!("{} {}", engine.id, engine.level).trim_end().to_owned(),
            test_error: test.map(|score| score.error),
            test_loss: test.map(|score| score.loss),
        }
    }

    /// Checks that the card is that of a network for a task: one that does not fit would give wrong classes.
    pub(super) fn check(&self, task: &Task) -> Result<(), Problem> {
        let problem = |pointer: &str, expected: &str, found: &dyn std::fmt::Debug| {
            Err(Problem::new(pointer, format!("expected {expected}, found {found:?}")))
        };
        if let Some(names) = self.class_names.as_ref().filter(|names| names.len() != task.classes) {
            return problem("/class_names", &format!("{} names, one a class", task.classes), &names.len());
        }
        let axes = layout(task);
        if self.layout != axes {
            return problem("/layout", &format!("{axes:?}"), &self.layout);
        }
        Decoder::new(&self.decoding, task, self.views)
            .map_err(|error| Problem::new("/decoding", error.to_string()))?;
        let Some(normalise) = &self.normalise else { return Ok(()) };
        if normalise.mean.is_empty() {
            return problem("/normalise/mean", &format!("1 or {} numbers", task.channels), &normalise.mean);
        }
        normalise
            .check(task.channels)
            .map_err(|Problem { pointer, message }| Problem::new(format!("/normalise{pointer}"), message))
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

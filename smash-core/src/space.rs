//! Search spaces: their sampling, mutation, and the networks of their architectures.

mod bind;
mod description;
mod outline;
mod scheme;

pub use bind::{GENERATED, bind_generated};
pub use description::{Cell, Description, GeneratedSlice, PlaneBlock, PlaneSpec};
pub use outline::{Figure, PartOutline};
pub use scheme::WeightScheme;

use serde_json::{Map, Value};

use crate::architecture::Architecture;
use crate::decision::{self, Decide, Made, RandomDecide};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::random::Random;

/// A set of architectures with a sampling distribution, bound to one [`Task`](crate::task::Task).
///
/// What a space has to write is [`draw`](SearchSpace::draw) and [`build`](SearchSpace::build), and, for a
/// HyperNet, [`describe`](SearchSpace::describe) with [`plane`](SearchSpace::plane): sampling, mutation,
/// crossover, validation and the flat form follow from the decisions. It knows no tensor library and no
/// HyperNet: it [builds](SearchSpace::build) networks as graphs, and it [describes](SearchSpace::describe) an
/// architecture as a plane that any convolutional HyperNet can read. `smash_core::testing::ToySpace` is the
/// smallest complete example.
pub trait SearchSpace: Send + Sync {
    /// The id of this space in architectures.
    fn id(&self) -> &str;

    /// Makes an architecture of decisions, each of which `decide` takes. Every valid architecture has
    /// decisions that give it, and all that they can give are valid.
    ///
    /// # Errors
    /// Those of `decide`; when the configuration admits no architecture.
    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture>;

    /// The JSON Schema (draft 2020-12) of the choices of its architectures, for editors and for hosts that
    /// check documents; that they are valid is what [`validate`](Self::validate) says. By default any.
    fn choices_schema(&self) -> Value {
        Value::Bool(true)
    }

    /// The value of a decision in the choices of an architecture; `None` where there is none. By default
    /// names are paths: that of `stages.0.width` is at `/stages/0/width`.
    fn value_of(&self, choices: &Value, decision: &str) -> Option<Value> {
        decision::lookup(choices, decision)
    }

    /// The decisions of an architecture, in their order.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn decisions(&self, architecture: &Architecture) -> Result<Vec<Made>> {
        decision::recall(&|decide| self.draw(decide), architecture, &|choices, name| {
            self.value_of(choices, name)
        })
    }

    /// The architecture with these decisions: its flat form, by name.
    ///
    /// # Errors
    /// [`Error::Invalid`] at the name of what is missing, has a value that it cannot have beside the others,
    /// or that the architecture does not have.
    fn with_decisions(&self, parameters: &Map<String, Value>) -> Result<Architecture> {
        decision::architecture(&|decide| self.draw(decide), parameters)
    }

    /// Samples an architecture. `progress` in `[0, 1]` anneals the distribution during training (method
    /// section 2.2); the search always samples at 1. By default every decision is drawn from its
    /// distribution, whatever the progress.
    ///
    /// # Errors
    /// When the configuration admits no architecture.
    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture> {
        let _ = progress;
        self.draw(&mut RandomDecide(random))
    }

    /// Mutation: a valid neighbour in which each decision is redrawn with probability `rate` (method section
    /// 6.2).
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture> {
        decision::mutate(&|decide| self.draw(decide), &self.decisions(architecture)?, random, rate)
    }

    /// Crossover: a valid child of two parents, each decision of which is then redrawn with probability
    /// `rate`. By default each decision is that of either parent.
    ///
    /// # Errors
    /// When a parent is not valid in this space.
    fn crossover(
        &self,
        first: &Architecture,
        second: &Architecture,
        random: &mut Random,
        rate: f64,
    ) -> Result<Architecture> {
        let (first, second) = (self.decisions(first)?, self.decisions(second)?);
        decision::crossover(&|decide| self.draw(decide), &first, &second, random, rate)
    }

    /// Converts an architecture from a space of the same kind with other settings or for another task (other
    /// extents, another rank) to the nearest one here. Deterministic, and always valid here.
    ///
    /// # Errors
    /// When this kind of space does not support it (the default), or `architecture` is of another kind.
    fn convert(&self, architecture: &Architecture) -> Result<Architecture> {
        let _ = architecture;
        Err(Error::invalid("/space", format!("the space {:?} cannot convert architectures", self.id())))
    }

    /// Checks every rule of the space. By default, an architecture is valid whose decisions give it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a JSON pointer into the architecture (`/choices/…`).
    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.decisions(architecture).map(drop)
    }

    /// The network of an architecture. Its input is `x`, its output `logits` (batched `[classes]`).
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph>;

    /// The encoding of an architecture that a HyperNet reads, and the place of each parameter in what it
    /// generates. Without it, and [`plane`](Self::plane), no HyperNet can be trained on this space.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space, or the space has no such encoding (the default).
    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        let _ = architecture;
        Err(undescribed(self.id()))
    }

    /// [`describe`](Self::describe) while the HyperNet is trained, at the `progress` at which the
    /// architecture was sampled. Override it only where the encoding is annealed too, as in the reference
    /// mode of the memory banks.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn describe_at(&self, architecture: &Architecture, progress: f64) -> Result<Description> {
        let _ = progress;
        self.describe(architecture)
    }

    /// The geometry of the encoding, fixed for this space. By default that of none: one empty cell.
    fn plane(&self) -> PlaneSpec {
        PlaneSpec { channels: 1, rows: 1, cell: Cell { outputs: 1, inputs: 1 } }
    }

    /// Whether a trained network has its batch-norm statistics set to those of all training examples. False
    /// where a space is to reproduce a training that keeps the running averages.
    fn calibrates_after_training(&self) -> bool {
        true
    }

    /// Whether a model of this space keeps its graph, because who reads it may lack the space.
    fn graph_travels(&self) -> bool {
        false
    }

    /// Figures for users that the graph does not tell, such as the share of each limit that an architecture
    /// uses. Empty by default.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn outline(&self, architecture: &Architecture) -> Result<Vec<PartOutline>> {
        let _ = architecture;
        Ok(Vec::new())
    }
}

/// The error of a space that has no encoding for a HyperNet.
pub fn undescribed(id: &str) -> Error {
    let message = format!(
        "the space {id:?} does not describe its architectures, which a HyperNet needs: choose another estimator"
    );
    Error::invalid("/space", message)
}

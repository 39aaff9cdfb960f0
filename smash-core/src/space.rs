//! Search spaces: their sampling, mutation, and the networks of their architectures.

mod bind;
mod description;
mod outline;
mod scheme;

pub use bind::{GENERATED, bind_generated};
pub use description::{Cell, Description, GeneratedSlice, PlaneBlock, PlaneSpec};
pub use outline::{Figure, PartOutline};
pub use scheme::WeightScheme;

use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::random::Random;

/// A set of architectures with a sampling distribution, bound to one [`Task`](crate::task::Task).
///
/// A space knows no tensor library and no HyperNet: it [builds](SearchSpace::build) networks as graphs, and
/// it [describes](SearchSpace::describe) an architecture as a plane that any convolutional HyperNet can read.
/// `smash_core::testing::ToySpace` is the smallest complete example.
pub trait SearchSpace: Send + Sync {
    /// The id of this space in architectures.
    fn id(&self) -> &str;

    /// Samples an architecture. `progress` in `[0, 1]` anneals the distribution during training (method
    /// section 2.2); the search always samples at 1.
    ///
    /// # Errors
    /// When the configuration admits no architecture.
    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture>;

    /// Mutation: a valid neighbour in which each decision is redrawn with probability `rate` (method section
    /// 6.2).
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture>;

    /// Crossover: a valid child of two parents, each decision of which is then redrawn with probability
    /// `rate`. The default mutates the first parent.
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
        let _ = second;
        self.mutate(first, random, rate)
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

    /// Checks every rule of the space. By default, an architecture that can be described is valid.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a JSON pointer into the architecture (`/choices/…`).
    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.describe(architecture).map(drop)
    }

    /// The network of an architecture. Its input is `x`, its output `logits` (batched `[classes]`).
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph>;

    /// The encoding of an architecture that a HyperNet reads, and the place of each parameter in what it
    /// generates.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn describe(&self, architecture: &Architecture) -> Result<Description>;

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

    /// The geometry of the encoding, fixed for this space.
    fn plane(&self) -> PlaneSpec;

    /// Whether a trained network has its batch-norm statistics set to those of all training examples. False
    /// where a space is to reproduce a training that keeps the running averages.
    fn calibrates_after_training(&self) -> bool {
        true
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

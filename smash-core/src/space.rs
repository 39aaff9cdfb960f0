//! Search spaces.

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
/// A space knows no tensor library and no HyperNet: it [builds](SearchSpace::build) networks as graphs, and it
/// [describes](SearchSpace::describe) an architecture as a plane that any convolutional HyperNet can read.
/// `smash_core::testing::ToySpace` is the smallest complete example.
pub trait SearchSpace: Send + Sync {
    /// The id by which architectures name this space.
    fn id(&self) -> &str;

    /// Draws an architecture. `progress` in `[0, 1]` anneals the distribution during training (method section 2.2);
    /// search always samples at 1.
    ///
    /// # Errors
    /// When the configuration admits no architecture.
    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture>;

    /// A valid neighbour: each decision is redrawn with probability `rate` (method section 6.2).
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture>;

    /// A valid child of two parents, each decision of which is then redrawn with probability `rate`. The default
    /// mutates the first parent.
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

    /// The nearest architecture of this space to one that was found in a space of the same kind with other settings or
    /// for another task (other extents, another rank). Deterministic, and always valid here.
    ///
    /// # Errors
    /// When the kind of space does not support it (the default), or `architecture` is of another kind.
    fn convert(&self, architecture: &Architecture) -> Result<Architecture> {
        let _ = architecture;
        Err(Error::invalid("/space", format!("the space {:?} cannot convert architectures", self.id())))
    }

    /// Checks every rule of the space. The default: what can be described is valid.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a JSON pointer into the architecture (`/choices/…`).
    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.describe(architecture).map(drop)
    }

    /// The network of an architecture. Its input is named `x`, its outputs are `logits` (batched `[classes]`).
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph>;

    /// What a HyperNet reads about an architecture, and which parameter takes which part of what it writes.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn describe(&self, architecture: &Architecture) -> Result<Description>;

    /// [`describe`](Self::describe) while the HyperNet is trained, at the `progress` the architecture was sampled at. A
    /// space overrides it only where what is described is annealed too, as in the reference mode of the memory banks.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn describe_at(&self, architecture: &Architecture, progress: f64) -> Result<Description> {
        let _ = progress;
        self.describe(architecture)
    }

    /// The fixed geometry of every description of this space.
    fn plane(&self) -> PlaneSpec;

    /// What people want to know of an architecture that its graph does not tell, such as how much of each limit of the
    /// space it takes. Empty by default.
    ///
    /// # Errors
    /// When `architecture` is not valid in this space.
    fn outline(&self, architecture: &Architecture) -> Result<Vec<PartOutline>> {
        let _ = architecture;
        Ok(Vec::new())
    }
}

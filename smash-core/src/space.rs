//! Search spaces.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::graph::{Graph, Init, Parameter};
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
    fn build(&self, architecture: &Architecture, network: Network) -> Result<Graph>;

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

/// Figures of one part of an architecture. All parts of an architecture have the same figures in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOutline {
    /// The part, as [`Graph::count_parts`] names it.
    pub part: String,
    /// What there is to know.
    pub figures: Vec<Figure>,
}

/// A named number, and the most that it may be where there is a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Lower case, as in `read channels`.
    pub name: Cow<'static, str>,
    /// How many.
    pub value: usize,
    /// How many are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Which network to build from an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// The one-shot network: parameters are `Generated` or `Shared` between architectures.
    OneShot,
    /// The stand-alone network: every parameter is its `Own`, trained normally.
    Standalone,
}

impl Network {
    /// A weight of extents `dims` that a HyperNet writes for the one-shot network.
    pub fn generated(self, name: impl Into<String>, dims: &[usize]) -> Parameter {
        match self {
            Self::OneShot => Parameter::generated(name, dims),
            Self::Standalone => Parameter::own(name, dims, Init::Orthogonal),
        }
    }

    /// A parameter of extents `dims`: in the one-shot network the first of each axis of a tensor of extents `stored`, which all
    /// architectures share.
    pub fn shared(self, name: impl Into<String>, dims: &[usize], stored: &[usize], init: Init) -> Parameter {
        match self {
            Self::OneShot => {
                Parameter::shared(name, stored, dims.iter().map(|&extent| 0..extent).collect(), init)
            }
            Self::Standalone => Parameter::own(name, dims, init),
        }
    }
}

/// The geometry that all descriptions of a space share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaneSpec {
    /// Channels of the plane: the length of the code in each cell.
    pub channels: usize,
    /// Rows of the plane; row `a` stands for output channels `[a·cell.outputs, (a+1)·cell.outputs)`.
    pub rows: usize,
    /// What one cell stands for.
    pub cell: Cell,
}

/// The block of a generated weight matrix that one cell of the plane stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Output channels of the block (N in the paper).
    pub outputs: usize,
    /// Input channels of the block (N·D in the paper).
    pub inputs: usize,
}

/// The description of one architecture for a HyperNet.
///
/// The HyperNet turns the plane `[channels, rows, columns]` into a matrix W of `columns·cell.inputs` rows (input
/// channels) by `rows·cell.outputs` columns (output channels); each slice of W is one generated parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Columns of the plane.
    pub columns: usize,
    /// The plane, `[channels, rows, columns]` row-major.
    pub plane: Vec<f32>,
    /// Where each generated parameter lies in W.
    pub slices: Vec<GeneratedSlice>,
}

/// A generated parameter on a plane where each has columns of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub parameter: String,
    /// Channels of the plane that are set where it lies: what there is to say about it.
    pub marks: Vec<usize>,
    /// Columns of the plane that it takes.
    pub inputs: usize,
    /// Rows of the plane that it takes, from the first.
    pub outputs: usize,
}

impl Part {
    /// A part.
    pub fn new(parameter: impl Into<String>, marks: Vec<usize>, inputs: usize, outputs: usize) -> Self {
        Self { parameter: parameter.into(), marks, inputs, outputs }
    }
}

impl Description {
    /// Parameters side by side: the marks of each are 1 where it lies, all else is -1.
    ///
    /// # Panics
    /// When a part has more marks or outputs than the plane has channels and rows.
    pub fn side_by_side(spec: PlaneSpec, parts: impl IntoIterator<Item = Part>) -> Self {
        let parts: Vec<Part> = parts.into_iter().collect();
        let columns = parts.iter().map(|part| part.inputs).sum();
        let mut plane = vec![-1.0; spec.channels * spec.rows * columns];
        let (mut slices, mut first) = (Vec::new(), 0);
        for part in parts {
            for (channel, row) in part.marks.iter().flat_map(|&c| (0..part.outputs).map(move |row| (c, row)))
            {
                let start = (channel * spec.rows + row) * columns + first;
                plane[start..start + part.inputs].fill(1.0);
            }
            let rows = first * spec.cell.inputs..(first + part.inputs) * spec.cell.inputs;
            let columns = 0..part.outputs * spec.cell.outputs;
            slices.push(GeneratedSlice { parameter: part.parameter, rows, columns });
            first += part.inputs;
        }
        Self { columns, plane, slices }
    }
}

/// The part of the generated matrix W that one parameter takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedSlice {
    /// Name of a parameter whose source is `Generated`; its shape is `[columns.len(), rows.len(), 1, …]`.
    pub parameter: String,
    /// Rows of W: the parameter's input channels.
    pub rows: Range<usize>,
    /// Columns of W: the parameter's output channels.
    pub columns: Range<usize>,
}

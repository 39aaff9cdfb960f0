//! Small components for tests and documentation: a search space without memory banks and a dataset of blobs.

use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::dataset::{Dataset, Splits};
use crate::decision::Decide;
use crate::error::Result;
use crate::graph::{Builder, ConvSpec, Graph, Init, Parameter};
use crate::random::Seed;
use crate::space::{Cell, Description, PlaneBlock, PlaneSpec, SearchSpace, WeightScheme};
use crate::task::Task;

const WIDTH: usize = 16;
const UNIT: usize = 4;
const MAX_LAYERS: usize = 4;

/// A chain of 1×1 convolutions of varying width, with or without a skip: no memory banks, but described by a
/// plane like any other space.
pub struct ToySpace {
    task: Task,
}

#[derive(Serialize, Deserialize)]
struct Choices {
    depth: usize,
    layers: Vec<Layer>,
}

#[derive(Serialize, Deserialize)]
struct Layer {
    /// Residual connection: the input is added to the output where their widths agree.
    skip: bool,
    /// Width in units of 4 channels, 1 to 4.
    width: usize,
}

impl ToySpace {
    /// The space for a task of any rank.
    pub fn new(task: &Task) -> Self {
        Self { task: task.clone() }
    }

    fn layers(&self, architecture: &Architecture) -> Result<Vec<Layer>> {
        self.validate(architecture)?;
        Ok(architecture.read::<Choices>(self.id(), 1)?.layers)
    }
}

impl SearchSpace for ToySpace {
    fn id(&self) -> &str {
        "toy"
    }

    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        let depth = decide.integer("depth", 1..=MAX_LAYERS)?;
        let mut layers = Vec::new();
        for i in 0..depth {
            let width = decide.integer(&format!("layers.{i}.width"), 1..=WIDTH / UNIT)?;
            layers.push(Layer { skip: decide.coin(&format!("layers.{i}.skip"), 0.5)?, width });
        }
        Architecture::new(self.id(), 1, &Choices { depth, layers })
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        let prefix = if scheme == WeightScheme::OneShot { "shared" } else { "model" };
        let rank = self.task.rank();
        let weight = |name: &str, outputs: usize, inputs: usize, kernel: usize| {
            let mut dims = vec![outputs, inputs];
            dims.resize(2 + rank, kernel);
            (format!("{prefix}.{name}"), dims)
        };
        let mut b = Builder::new();
        let x = b.input("x", true, &self.task.dims());
        let (name, dims) = weight("stem", WIDTH, self.task.channels, 3);
        let w = Parameter::own(name, &dims, Init::Orthogonal);
        let mut h = b.conv_by(x, w, ConvSpec::same(&vec![3; rank], &vec![1; rank], 1))?;
        h = b.relu(h)?;
        for (i, l) in self.layers(architecture)?.iter().enumerate() {
            let inputs = b.shape(h).channels();
            let (name, dims) = weight(&format!("layer{i}"), l.width * UNIT, inputs, 1);
            let mut y = b.conv_by(h, scheme.generated(name, &dims), ConvSpec::default())?;
            if l.skip && inputs == l.width * UNIT {
                y = b.add(y, h)?;
            }
            h = b.relu(y)?;
        }
        let channels = b.shape(h).channels();
        let classes = self.task.classes;
        let bound = 1.0 / (WIDTH as f32).sqrt();
        let w = Parameter::shared(
            format!("{prefix}.head.weight"),
            &[classes, WIDTH],
            vec![0..classes, 0..channels],
            Init::Uniform { bound },
        );
        let bias = Parameter::own(format!("{prefix}.head.bias"), &[classes], Init::Constant { value: 0.0 });
        let logits = b.head(h, w, bias)?;
        Ok(b.finish([("logits", logits)]))
    }

    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        let mut inputs = WIDTH / UNIT;
        let parts = self.layers(architecture)?.into_iter().enumerate().map(|(i, l)| {
            let skip = l.skip.then_some(MAX_LAYERS + WIDTH / UNIT);
            let marks = [i, MAX_LAYERS + l.width - 1].into_iter().chain(skip).collect();
            let inputs = std::mem::replace(&mut inputs, l.width);
            PlaneBlock::new(format!("shared.layer{i}"), marks, inputs, l.width)
        });
        Description::side_by_side(self.plane(), parts)
    }

    fn plane(&self) -> PlaneSpec {
        let rows = WIDTH / UNIT;
        PlaneSpec { channels: MAX_LAYERS + rows + 1, rows, cell: Cell { outputs: UNIT, inputs: UNIT } }
    }
}

/// Gaussian noise whose class is the channel with the raised mean: learnable by any network of the toy space.
pub struct Blobs {
    task: Task,
    examples: Vec<(usize, Seed)>,
}

impl Blobs {
    /// `count` examples of the given extents, with one channel per class.
    pub fn new(classes: usize, extents: &[usize], count: usize, seed: u64) -> Self {
        let seed = Seed::new(seed).split("blobs");
        let examples = (0..count).map(|i| (i % classes, seed.at(i as u64))).collect();
        Self { task: Task { channels: classes, extents: extents.to_vec(), classes }, examples }
    }
}

impl Dataset for Blobs {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.examples.len()
    }

    fn label(&self, index: usize) -> usize {
        self.examples[index].0
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        let (class, seed) = self.examples[index];
        let mut random = seed.random();
        let plane = out.len() / self.task.channels;
        for (channel, values) in out.chunks_exact_mut(plane).enumerate() {
            let mean = if channel == class { 0.5 } else { 0.0 };
            values.iter_mut().for_each(|v| *v = (mean + random.normal()) as f32);
        }
        Ok(())
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        Ok(Splits::stratified(0..self.len(), |i| self.label(i), 0.2, 0.2, seed))
    }
}

//! The space for a task.

use serde_json::Value;
use smash_core::architecture::Architecture;
use smash_core::decision::Decide;
use smash_core::error::{Error, Problem, Result};
use smash_core::graph::Graph;
use smash_core::random::Random;
use smash_core::space::{Cell, Description, PartOutline, PlaneSpec, SearchSpace, WeightScheme};
use smash_core::task::Task;

use super::choices::{Block, Choices};
use super::layout::Layout;
use super::settings::{BLOCKS, Settings};
use super::{build, convert, decide, describe, mutate, outline, sample, validate};

/// The id of this space in architectures.
pub const ID: &str = "memory_bank";
/// The format version of its choices.
pub const VERSION: u32 = 1;

/// The memory-bank space of one task.
#[derive(Clone, Debug)]
pub struct MemoryBank {
    settings: Settings,
    task: Task,
    layout: Layout,
}

impl MemoryBank {
    pub(super) fn new(settings: Settings, task: &Task) -> Result<Self> {
        if !(1..=3).contains(&task.rank())
            || task.extents.contains(&0)
            || task.channels == 0
            || task.classes == 0
        {
            return Err(Error::Invalid(Problem::new(
                "",
                format!(
                    "the memory-bank space needs examples with 1 to 3 extents, channels and classes; found {:?} with \
                     {} channels and {} classes",
                    task.extents, task.channels, task.classes
                ),
            )));
        }
        let layout = Layout::new(&settings, task.rank(), 1.0);
        Ok(Self { settings, task: task.clone(), layout })
    }

    /// The settings of the space.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The task of the space.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The validated choices of an architecture.
    ///
    /// # Errors
    /// When it belongs to another space or violates a rule; the pointer leads into the architecture.
    pub fn choices(&self, architecture: &Architecture) -> Result<Choices> {
        let choices = parse(architecture)?;
        self.check(&choices)?;
        Ok(choices)
    }

    /// Makes an architecture from choices.
    ///
    /// # Errors
    /// When the choices violate a rule.
    pub fn architecture(&self, choices: &Choices) -> Result<Architecture> {
        self.check(choices)?;
        written(choices)
    }

    /// The network of a single block, built as block 0 of an architecture: the input `x` of `channels`
    /// channels with the task's extents, the output `y` of all banks. The limits of the space (budget, number
    /// of banks) do not apply; all other rules do.
    ///
    /// # Errors
    /// When the block violates a rule; the pointer leads into the block.
    pub fn build_block(&self, block: &Block, channels: usize, scheme: WeightScheme) -> Result<Graph> {
        validate::check_alone(&self.settings, self.task.rank(), channels, block).map_err(Error::Invalid)?;
        build::build_block(&self.settings, &self.task, channels, block, scheme)
    }

    fn check(&self, choices: &Choices) -> Result<()> {
        validate::check(&self.settings, self.task.rank(), choices).map_err(in_choices)
    }
}

/// Parses the choices of an architecture, without validation.
fn parse(architecture: &Architecture) -> Result<Choices> {
    architecture.expect(ID, VERSION)?;
    Choices::parse(&architecture.choices).map_err(in_choices)
}

fn written(choices: &Choices) -> Result<Architecture> {
    Architecture::new(ID, VERSION, choices)
}

/// A problem of the choices, with its pointer relative to the architecture.
fn in_choices(problem: Problem) -> Error {
    Error::Invalid(problem.under("/choices"))
}

impl SearchSpace for MemoryBank {
    fn id(&self) -> &str {
        ID
    }

    fn choices_schema(&self) -> Value {
        schemars::schema_for!(Choices).to_value()
    }

    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        written(&decide::choices(&self.settings, self.task.rank(), decide)?)
    }

    fn value_of(&self, choices: &Value, decision: &str) -> Option<Value> {
        decide::value_of(choices, decision)
    }

    /// By the method's own distribution, which also anneals.
    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture> {
        // Sampled choices are valid, as the tests of the space check; validation here would take as long as
        // the draws.
        written(&sample::sample(&self.settings, self.task.rank(), random, progress))
    }

    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture> {
        let base = self.choices(architecture)?;
        self.architecture(&mutate::mutate(&self.settings, self.task.rank(), &base, random, rate))
    }

    /// Takes each block whole from either parent: blocks do not depend on each other's choices, so every mix
    /// is valid.
    fn crossover(
        &self,
        first: &Architecture,
        second: &Architecture,
        random: &mut Random,
        rate: f64,
    ) -> Result<Architecture> {
        let (first, second) = (self.choices(first)?, self.choices(second)?);
        let pairs = first.blocks.into_iter().zip(second.blocks);
        let blocks = pairs.map(|(a, b)| if random.coin(0.5) { a } else { b }).collect();
        let child = mutate::mutate(&self.settings, self.task.rank(), &Choices { blocks }, random, rate);
        self.architecture(&child)
    }

    fn convert(&self, architecture: &Architecture) -> Result<Architecture> {
        let from = parse(architecture)?;
        if from.blocks.len() != BLOCKS {
            let message = format!("expected {BLOCKS} blocks, found {}", from.blocks.len());
            return Err(Error::invalid("/choices/blocks", message));
        }
        self.architecture(&convert::convert(&self.settings, self.task.rank(), &from))
    }

    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.choices(architecture).map(|_| ())
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        build::build(&self.settings, &self.task, &self.choices(architecture)?, scheme)
    }

    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        Ok(describe::describe(&self.settings, &self.layout, &self.choices(architecture)?))
    }

    fn describe_at(&self, architecture: &Architecture, progress: f64) -> Result<Description> {
        let layout = Layout::new(&self.settings, self.task.rank(), sample::annealing(progress));
        Ok(describe::describe(&self.settings, &layout, &self.choices(architecture)?))
    }

    fn calibrates_after_training(&self) -> bool {
        !self.settings.switches.keeps_running_statistics
    }

    fn plane(&self) -> PlaneSpec {
        PlaneSpec {
            channels: self.layout.channels,
            rows: self.settings.generated_columns() / self.settings.unit,
            cell: Cell {
                outputs: self.settings.unit,
                inputs: self.settings.unit * self.settings.compression,
            },
        }
    }

    fn outline(&self, architecture: &Architecture) -> Result<Vec<PartOutline>> {
        let blocks = self.choices(architecture)?.blocks;
        Ok(blocks.iter().enumerate().map(|(b, block)| outline::of_block(&self.settings, b, block)).collect())
    }
}

//! The space for a task.

use serde_json::Value;
use smash_core::architecture::Architecture;
use smash_core::decision::Decide;
use smash_core::error::{Error, Result};
use smash_core::graph::Graph;
use smash_core::space::{Description, SearchSpace, WeightScheme};
use smash_core::task::Task;

use super::build::build;
use super::choices::{Choices, Family};
use super::config::{HandDesignedConfig, ID};

/// The format version of its choices.
pub const VERSION: u32 = 1;

/// Maximum units per stage; a FractalNet has at most [`MAX_COLUMNS`] columns, since each doubles its
/// convolutions.
const MAX_DEPTH: usize = 64;
const MAX_COLUMNS: usize = 6;
/// Maximum width.
pub(super) const MAX_WIDTH: usize = 1024;

impl HandDesignedConfig {
    /// The space for a task.
    ///
    /// # Errors
    /// When the stride is 0, or the task has no channels, extents or classes.
    pub fn build(&self, task: &Task) -> Result<HandDesigned> {
        if !(1..=4).contains(&self.stem_stride) {
            let message = format!("expected a stride from 1 to 4, found {}", self.stem_stride);
            return Err(Error::invalid("/stem_stride", message));
        }
        if !(1..=3).contains(&task.rank()) || task.example_len() == 0 || task.classes == 0 {
            let message = format!(
                "hand-designed networks need examples with 1 to 3 extents, channels and classes; found {:?} with {} \
                 channels and {} classes",
                task.extents, task.channels, task.classes
            );
            return Err(Error::invalid("", message));
        }
        Ok(HandDesigned { config: self.clone(), task: task.clone() })
    }
}

/// The hand-designed networks for one task.
#[derive(Clone, Debug)]
pub struct HandDesigned {
    config: HandDesignedConfig,
    task: Task,
}

impl HandDesigned {
    /// The validated choices of an architecture.
    ///
    /// # Errors
    /// When it belongs to another space or violates a rule.
    pub fn choices(&self, architecture: &Architecture) -> Result<Choices> {
        let choices: Choices = architecture.read(ID, VERSION)?;
        check(&choices)?;
        Ok(choices)
    }

    /// Makes an architecture from choices.
    ///
    /// # Errors
    /// When the choices violate a rule.
    pub fn architecture(&self, choices: &Choices) -> Result<Architecture> {
        check(choices)?;
        Architecture::new(ID, VERSION, choices)
    }
}

fn deepest(family: Family) -> usize {
    if family == Family::Fractalnet { MAX_COLUMNS } else { MAX_DEPTH }
}

fn check(choices: &Choices) -> Result<()> {
    let deepest = deepest(choices.family);
    for (field, value, most) in [("depth", choices.depth, deepest), ("width", choices.width, MAX_WIDTH)] {
        if !(1..=most).contains(&value) {
            let message = format!("expected 1 to {most} for a {}, found {value}", choices.family);
            return Err(Error::invalid(format!("/choices/{field}"), message));
        }
    }
    Ok(())
}

impl SearchSpace for HandDesigned {
    fn id(&self) -> &str {
        ID
    }

    fn choices_schema(&self) -> Value {
        schemars::schema_for!(Choices).to_value()
    }

    /// Samples networks of about ten thousand to a million parameters.
    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        let names = Family::ALL.map(Family::name);
        let name = *decide.choose("family", &names)?;
        let family = Family::ALL.into_iter().find(|family| family.name() == name).unwrap_or(Family::Resnet);
        let usual = |is: &dyn Fn(usize) -> bool, most| -> Vec<f64> {
            (1..=most).map(|value| f64::from(u8::from(is(value)))).collect()
        };
        let deepest = deepest(family);
        let depths = usual(&|depth| family.depths().contains(&depth), deepest);
        let widths = usual(&|width| (4..=32).contains(&width), MAX_WIDTH);
        let depth = decide.integer_weighted("depth", 1..=deepest, 1, Some(&depths))?;
        let width = decide.integer_weighted("width", 1..=MAX_WIDTH, 1, Some(&widths))?;
        self.architecture(&Choices { family, depth, width })
    }

    /// Choices are valid for every task.
    fn convert(&self, architecture: &Architecture) -> Result<Architecture> {
        self.architecture(&self.choices(architecture)?)
    }

    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.choices(architecture).map(drop)
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        let choices = self.choices(architecture)?;
        match scheme {
            WeightScheme::Standalone => build(&self.config, &self.task, &choices),
            WeightScheme::OneShot => Err(baselines()),
        }
    }

    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        self.validate(architecture)?;
        Err(baselines())
    }
}

fn baselines() -> Error {
    Error::invalid(
        "/space",
        "hand-designed networks are baselines, no HyperNet writes their weights: train them with `smash baseline` or \
         `smash train`, and search another space",
    )
}

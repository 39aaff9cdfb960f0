//! Search spaces by themselves: a host samples, changes, counts and builds architectures without a search.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use smash_core::architecture::Architecture;
use smash_core::component::Kind;
use smash_core::constraint::{Constrained, Constraints};
use smash_core::decision::{self, Decide};
use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::task::Task;

use super::Context;
use super::context::parse;
use crate::{Error, Job, Result};

/// Most architectures that are counted one by one; of more the number is estimated.
const COUNTED: usize = 10_000;

/// A search space that a host works with.
pub struct Space {
    space: Box<dyn SearchSpace>,
    constraints: Constraints,
    context: Arc<Context>,
}

/// What a space is opened by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// As in a job; absent: the default space.
    #[serde(default)]
    space: Value,
    task: Task,
    #[serde(default)]
    constraints: Constraints,
}

impl Space {
    /// Opens the space of a request: `{"space": {"type", …}, "task": {"channels", "extents", "classes"},
    /// "constraints"}`, the first and the last as in a job.
    ///
    /// # Errors
    /// Problems of the request.
    pub fn open(context: Arc<Context>, request: &str) -> Result<Self> {
        let mut request: Request = parse(request, "request")?;
        if request.space.is_null() {
            request.space = Job::smallest().space;
        }
        let registry = context.registry();
        let config = registry.resolve(Kind::Space, &request.space).map_err(Error::Job)?;
        let space = registry.space(&config, &request.task)?;
        drop(registry);
        Ok(Self { space, constraints: request.constraints, context })
    }

    /// The context that the space was opened with.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    fn constrained(&self) -> Constrained<'_> {
        Constrained::new(&*self.space, self.constraints)
    }

    /// The JSON Schema (draft 2020-12) of its architectures.
    ///
    /// # Errors
    /// When the space has no architecture.
    pub fn schema(&self) -> Result<String> {
        let any = self.space.sample(&mut Seed::new(0).random(), 1.0)?;
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Architecture",
            "type": "object",
            "properties": {
                "space": {"const": any.space},
                "version": {"const": any.version},
                "choices": self.space.choices_schema(),
            },
            "required": ["space", "version", "choices"],
            "additionalProperties": false,
        });
        Ok(schema.to_string())
    }

    /// An architecture that the seed draws from the distribution of the space.
    ///
    /// # Errors
    /// When no architecture meets the constraints.
    pub fn sample(&self, seed: u64) -> Result<String> {
        text(&self.constrained().sample(&mut Seed::new(seed).random(), 1.0)?)
    }

    /// A neighbour, in which each decision is redrawn with probability `rate`.
    ///
    /// # Errors
    /// When the architecture is not valid, or no neighbour meets the constraints.
    pub fn mutate(&self, architecture: &str, seed: u64, rate: f64) -> Result<String> {
        let base = self.read(architecture)?;
        text(&self.constrained().mutate(&base, &mut Seed::new(seed).random(), probability(rate)?)?)
    }

    /// A child of two, of which each decision is redrawn with probability `rate`.
    ///
    /// # Errors
    /// As [`mutate`](Self::mutate).
    pub fn crossover(&self, first: &str, second: &str, seed: u64, rate: f64) -> Result<String> {
        let (first, second) = (self.read(first)?, self.read(second)?);
        let random = &mut Seed::new(seed).random();
        text(&self.constrained().crossover(&first, &second, random, probability(rate)?)?)
    }

    /// An architecture each decision of which `decide` takes.
    ///
    /// # Errors
    /// Those of `decide`; when the architecture breaks a constraint.
    pub fn draw(&self, decide: &mut dyn Decide) -> Result<String> {
        text(&self.constrained().draw(decide)?)
    }

    /// Checks every rule of the space, and the constraints.
    ///
    /// # Errors
    /// [`Error::Document`] with the pointer to what is wrong.
    pub fn validate(&self, architecture: &str) -> Result<()> {
        let architecture = self.read(architecture)?;
        let count = self.space.build(&architecture, WeightScheme::Standalone)?.count();
        match self.constraints.broken_by(&count) {
            None => Ok(()),
            Some(name) => Err(Error::Core(smash_core::Error::Infeasible(format!(
                "its network of {} parameters and {} MACs breaks /constraints/{name}",
                count.params, count.macs
            )))),
        }
    }

    /// The size of its network: `{"params", "macs", "activation_bytes"}`.
    ///
    /// # Errors
    /// When the architecture is not valid.
    pub fn count(&self, architecture: &str) -> Result<String> {
        text(&self.space.build(&self.read(architecture)?, WeightScheme::Standalone)?.count())
    }

    /// Its network as a graph.
    ///
    /// # Errors
    /// When the architecture is not valid.
    pub fn graph(&self, architecture: &str, scheme: WeightScheme) -> Result<String> {
        text(&self.space.build(&self.read(architecture)?, scheme)?)
    }

    /// Its decisions, in their order: `[{"name", "choices" or "low", "high", "step" and "log", "value",
    /// "depends_on"}]`. The last are the names of those because of which it is there, or has its domain.
    ///
    /// # Errors
    /// When the architecture is not valid.
    pub fn decisions(&self, architecture: &str) -> Result<String> {
        let made = self.space.decisions(&self.read(architecture)?)?;
        text(&decision::depends(&|decide| self.space.draw(decide), &made)?)
    }

    /// Its flat form, `{name: value}`.
    ///
    /// # Errors
    /// When the architecture is not valid.
    pub fn parameters(&self, architecture: &str) -> Result<String> {
        let made = self.space.decisions(&self.read(architecture)?)?;
        text(&made.into_iter().map(|made| (made.name, made.value)).collect::<Map<_, _>>())
    }

    /// The architecture of a flat form.
    ///
    /// # Errors
    /// [`Error::Document`] with the name of the parameter that is wrong.
    pub fn with_parameters(&self, parameters: &str) -> Result<String> {
        let parameters: Map<String, Value> = parse(parameters, "parameters")?;
        let architecture = self.space.with_decisions(&parameters);
        text(&architecture.map_err(|error| document(error, "parameters"))?)
    }

    /// How many architectures it has: `{"log10", "exact"}`, the logarithm of their number to base 10, and
    /// whether they were counted.
    ///
    /// # Errors
    /// Those of the space.
    pub fn size(&self) -> Result<String> {
        let size = decision::size(&|decide| self.space.draw(decide), COUNTED, Seed::new(0))?;
        Ok(json!({"log10": size.log10, "exact": size.exact}).to_string())
    }

    /// A valid architecture of the space.
    fn read(&self, architecture: &str) -> Result<Architecture> {
        let architecture: Architecture = parse(architecture, "architecture")?;
        self.space.validate(&architecture).map_err(|error| document(error, "architecture"))?;
        Ok(architecture)
    }
}

fn document(error: smash_core::Error, name: &'static str) -> Error {
    match error {
        smash_core::Error::Invalid(problem) => Error::Document { name, problems: vec![problem] },
        other => Error::Core(other),
    }
}

fn probability(rate: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    let problem = smash_core::error::Problem::new("", format!("expected a probability, found {rate}"));
    Err(Error::Document { name: "rate", problems: vec![problem] })
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Core(smash_core::Error::graph(error.to_string())))
}

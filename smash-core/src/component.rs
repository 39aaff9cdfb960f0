//! Configurations of components and their registration.
//!
//! A component of a job is `{"type": …, the rest}`; an estimator stands inside its strategy, under
//! `estimator`. Built-in components implement one of the `…Config` traits (deserialised by `typetag`) and
//! submit a [`Component`] record (collected by `inventory`), which carries the JSON Schema of the rest:
//!
//! ```
//! use smash_core::component::{Component, Kind, SpaceConfig};
//! use smash_core::{space::SearchSpace, task::Task, testing::ToySpace};
//!
//! /// Widths of a perceptron.
//! #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields, default)]
//! struct MyConfig {}
//!
//! #[typetag::serde(name = "mine")]
//! impl SpaceConfig for MyConfig {
//!     fn build(&self, task: &Task) -> smash_core::Result<Box<dyn SearchSpace>> {
//!         Ok(Box::new(ToySpace::new(task)))
//!     }
//! }
//! inventory::submit! { Component::new::<MyConfig>(Kind::Space, "mine", "Widths of a perceptron.") }
//! ```

use std::fmt::Debug;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Resources};
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::space::SearchSpace;
use crate::strategy::{Estimator, Proposer, Strategy};
use crate::task::Task;

/// The kind of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A [`SearchSpace`].
    Space,
    /// A [`Strategy`]: a [`Proposer`] to pair with any estimator, or a fixed pair of both.
    Strategy,
    /// An [`Estimator`].
    Estimator,
    /// A [`Dataset`].
    Dataset,
    /// A [`Backend`].
    Backend,
}

impl Kind {
    /// All kinds, in the order of a job.
    pub const ALL: [Self; 5] = [Self::Space, Self::Strategy, Self::Estimator, Self::Dataset, Self::Backend];

    /// The kinds that stand at the top level of a job.
    pub const OF_JOB: [Self; 4] = [Self::Space, Self::Strategy, Self::Dataset, Self::Backend];

    /// The key of this kind in a job; for an estimator, the key in its strategy.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::Strategy => "strategy",
            Self::Estimator => "estimator",
            Self::Dataset => "dataset",
            Self::Backend => "backend",
        }
    }
}

/// The registration record of a built-in component.
pub struct Component {
    /// The kind that it is registered under.
    pub kind: Kind,
    /// Its `type` in a job; unique within the kind.
    pub id: &'static str,
    /// A one-line description for users.
    pub about: &'static str,
    /// Schema of its configuration, without `type`.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// For a strategy: its default estimator, for jobs that name none; `None` for a pair that brings its own.
    pub estimator: Option<&'static str>,
}

impl Component {
    /// The default estimator of a strategy whose record names none.
    pub const DEFAULT_ESTIMATOR: &str = "hypernet";

    /// A record for the configuration `C`.
    pub const fn new<C: JsonSchema>(kind: Kind, id: &'static str, about: &'static str) -> Self {
        Self { kind, id, about, schema: schema_of::<C>, estimator: Some(Self::DEFAULT_ESTIMATOR) }
    }

    /// Sets the default estimator of a strategy.
    #[must_use]
    pub const fn default_estimator(self, id: &'static str) -> Self {
        Self { estimator: Some(id), ..self }
    }

    /// Marks a strategy as a pair: its configuration builds the estimator too.
    #[must_use]
    pub const fn with_own_estimator(self) -> Self {
        Self { estimator: None, ..self }
    }
}

inventory::collect!(Component);

fn schema_of<C: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.root_schema_for::<C>()
}

/// Configuration of a search space.
#[typetag::serde(tag = "type")]
pub trait SpaceConfig: Debug + Send + Sync {
    /// Builds the space for a task.
    ///
    /// # Errors
    /// With JSON pointers into this configuration.
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>>;

    /// The same configuration with every default written out, for one whose defaults depend on other fields
    /// (a preset). Run folders and architecture files keep this form, so that their meaning never changes.
    /// `None`: the serialised configuration is already complete.
    fn resolved(&self) -> Option<Box<dyn SpaceConfig>> {
        None
    }
}

/// Configuration of a strategy.
#[typetag::serde(tag = "type")]
pub trait StrategyConfig: Debug + Send + Sync {
    /// Builds the proposer, before its first proposal.
    ///
    /// # Errors
    /// With JSON pointers into this configuration.
    fn proposer(&self) -> Result<Box<dyn Proposer>>;

    /// Builds the estimator of a pair, whose record says so ([`Component::with_own_estimator`]). `None`: the
    /// strategy goes with any estimator, and the job names one.
    ///
    /// # Errors
    /// With JSON pointers into this configuration.
    fn estimator(&self) -> Result<Option<Box<dyn Estimator>>> {
        Ok(None)
    }

    /// The proposer paired with its own estimator.
    ///
    /// # Errors
    /// With JSON pointers into this configuration; when the strategy has no estimator of its own.
    fn pair(&self) -> Result<Strategy> {
        let none = || Error::State("the strategy brings no estimator: pair its proposer with one".into());
        Ok(Strategy { proposer: self.proposer()?, estimator: self.estimator()?.ok_or_else(none)? })
    }
}

/// Configuration of an estimator.
#[typetag::serde(tag = "type")]
pub trait EstimatorConfig: Debug + Send + Sync {
    /// The estimator, untrained.
    ///
    /// # Errors
    /// With JSON pointers into this configuration.
    fn build(&self) -> Result<Box<dyn Estimator>>;
}

/// Configuration of a dataset.
#[typetag::serde(tag = "type")]
pub trait DatasetConfig: Debug + Send + Sync {
    /// Opens the dataset.
    ///
    /// # Errors
    /// When it is missing or damaged: [`Error::Data`] with the file.
    fn open(&self) -> Result<Box<dyn Dataset>>;
}

/// Configuration of an engine.
#[typetag::serde(tag = "type")]
pub trait BackendConfig: Debug + Send + Sync {
    /// Starts the engine within these limits.
    ///
    /// # Errors
    /// When this machine lacks what it needs; for a limit that the engine cannot keep.
    fn open(&self, resources: &Resources) -> Result<Box<dyn Backend>>;
}

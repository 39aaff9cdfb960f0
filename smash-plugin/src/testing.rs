//! Small components for the tests of this crate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::backend::{Backend, Resources};
use smash_core::component::{BackendConfig, Component, DatasetConfig, Kind, SpaceConfig};
use smash_core::dataset::Dataset;
use smash_core::space::SearchSpace;
use smash_core::task::Task;
use smash_core::testing::{Blobs, ToySpace};
use smash_core::{Error, Result};

/// An enum with variants of both shapes, for schema tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// A unit variant.
    Plain,
    /// A variant with a number.
    Scaled(f64),
}

/// A space of multilayer perceptrons, with a field of every JSON shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ToyConfig {
    /// Most hidden layers.
    #[schemars(range(min = 1, max = 4))]
    pub(crate) layers: u32,
    /// An integer that may be negative.
    pub(crate) offset: i64,
    /// Names, all different.
    #[schemars(length(max = 2), extend("uniqueItems" = true))]
    pub(crate) names: Vec<String>,
    /// An optional form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) form: Option<Form>,
    /// A rule that no schema expresses: refused by `build`.
    pub(crate) broken: bool,
}

impl Default for ToyConfig {
    fn default() -> Self {
        Self { layers: 4, offset: 0, names: Vec::new(), form: None, broken: false }
    }
}

#[typetag::serde(name = "toy")]
impl SpaceConfig for ToyConfig {
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>> {
        if self.broken {
            return Err(Error::invalid("/broken", "expected false, found true"));
        }
        Ok(Box::new(ToySpace::new(task)))
    }
}

inventory::submit! { Component::new::<ToyConfig>(Kind::Space, "toy", "Perceptrons.") }

/// Configuration of a synthetic dataset of Gaussian blobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BlobsConfig {
    /// Number of examples.
    pub(crate) examples: usize,
}

impl Default for BlobsConfig {
    fn default() -> Self {
        Self { examples: 100 }
    }
}

#[typetag::serde(name = "blobs")]
impl DatasetConfig for BlobsConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        match self.examples {
            0 => Err(Error::invalid("/examples", "expected some, found 0")),
            7 => Err(Error::Data("blobs.bin: expected 8 bytes, found 7".into())),
            count => Ok(Box::new(Blobs::new(2, &[4, 4], count, 0))),
        }
    }
}

inventory::submit! { Component::new::<BlobsConfig>(Kind::Dataset, "blobs", "Blobs.") }

/// Configuration of an engine that this machine lacks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AbsentConfig {
    /// Device that the engine would run on.
    pub(crate) device: String,
}

#[typetag::serde(name = "absent")]
impl BackendConfig for AbsentConfig {
    fn open(&self, _: &Resources) -> Result<Box<dyn Backend>> {
        Err(Error::backend(format!("no device {:?}", self.device)))
    }
}

inventory::submit! { Component::new::<AbsentConfig>(Kind::Backend, "absent", "Nothing.") }

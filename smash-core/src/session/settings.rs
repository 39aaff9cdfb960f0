//! What a session is made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backend::Backend;
use crate::constraint::Constraints;
use crate::dataset::Data;
use crate::space::SearchSpace;
use crate::strategy::Strategy;
use crate::train::Recipe;

/// The components of a session.
pub struct Parts {
    /// Where architectures come from.
    pub space: Box<dyn SearchSpace>,
    /// What to look at, and what it is worth.
    pub strategy: Strategy,
    /// The examples.
    pub data: Data,
    /// The engine.
    pub backend: Box<dyn Backend>,
}

/// The settings of a session itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Every draw comes from it.
    pub seed: u64,
    /// Bounds on proposed architectures.
    pub constraints: Constraints,
    /// How the chosen architecture is trained.
    pub retrain: Recipe,
    /// Limits on time.
    pub budget: Budget,
}

/// Limits on wall-clock time. A run that was cut short by one is not reproducible by its seed alone; the event log
/// says at which step it struck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Seconds after which HyperNet training ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub training_seconds: Option<f64>,
    /// Seconds after which scoring ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub search_seconds: Option<f64>,
}

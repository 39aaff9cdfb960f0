//! The components and settings of a session.

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
    /// The search space.
    pub space: Box<dyn SearchSpace>,
    /// The proposer and the estimator.
    pub strategy: Strategy,
    /// The examples, with their train/validation/test split.
    pub data: Data,
    /// The engine.
    pub backend: Box<dyn Backend>,
}

/// Settings of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The seed of every random draw.
    pub seed: u64,
    /// Bounds on candidates.
    pub constraints: Constraints,
    /// Training recipe of the chosen architecture.
    pub retrain: Recipe,
    /// Time budget.
    pub budget: Budget,
}

/// Limits on wall-clock time. A run that a limit cut short is not reproducible from its seed alone; the event
/// log records the step at which the limit took effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Seconds after which the training of the estimator (the HyperNet) ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub training_seconds: Option<f64>,
    /// Seconds after which the search ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub search_seconds: Option<f64>,
}

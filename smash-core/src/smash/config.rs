//! Configuration of the HyperNet estimator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::HyperNetConfig;
use crate::backend::Optimizer;
use crate::error::{Error, Result};
use crate::schedule::Schedule;

/// One-shot estimator: trains one HyperNet that generates the weights of any architecture of the space, and
/// scores architectures by their validation loss under those weights. The defaults are the paper's (method
/// sections 5 and 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HyperNetEstimatorConfig {
    /// Epochs of HyperNet training.
    #[schemars(range(min = 0, max = 100_000))]
    pub epochs: u64,
    /// Batch size of training.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: usize,
    /// Architectures whose gradients are accumulated in one step, each on its own batch.
    #[schemars(range(min = 1, max = 64))]
    pub architectures_per_step: u64,
    /// Initial learning rate of Adam.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub lr: f64,
    /// Decay rates of Adam's first and second moment.
    #[schemars(extend("items" = {"type": "number", "format": "double", "minimum": 0, "exclusiveMaximum": 1}))]
    pub betas: [f64; 2],
    /// Adam's ε.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub epsilon: f64,
    /// Weight decay of the shared weights; the HyperNet has none.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight_decay: f64,
    /// Form of weight decay.
    pub decay: Decay,
    /// Learning-rate schedule.
    pub schedule: Schedule,
    /// Gradient clipping: maximum global norm of a step's gradients; absent: no clipping.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub clip: Option<f64>,
    /// The HyperNet's shape.
    pub hypernet: HyperNetConfig,
    /// Scoring of candidates.
    pub scoring: ScoringConfig,
}

impl Default for HyperNetEstimatorConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch: 50,
            architectures_per_step: 1,
            lr: 1e-3,
            betas: [0.5, 0.999],
            epsilon: 1e-4,
            weight_decay: 1e-4,
            decay: Decay::default(),
            schedule: Schedule::Cosine,
            clip: None,
            hypernet: HyperNetConfig::default(),
            scoring: ScoringConfig::default(),
        }
    }
}

impl HyperNetEstimatorConfig {
    /// Checks what the JSON schema checks in a job, for a configuration made in Rust.
    ///
    /// # Errors
    /// When a decay of Adam's moments is not in `[0, 1)`: its bias correction would divide by zero.
    pub(super) fn check(&self) -> Result<()> {
        match self.betas.iter().position(|beta| !(0.0..1.0).contains(beta)) {
            None => Ok(()),
            Some(i) => Err(Error::invalid(
                format!("/betas/{i}"),
                format!("expected at least 0 and less than 1, found {}", self.betas[i]),
            )),
        }
    }

    /// Adam for the parameters with this weight decay, at the learning rate of step `step` of `steps`.
    pub(super) fn optimizer(&self, step: u64, steps: u64, weight_decay: f64) -> Optimizer {
        Optimizer::Adam {
            lr: self.schedule.at(self.lr, step, steps),
            beta1: self.betas[0],
            beta2: self.betas[1],
            epsilon: self.epsilon,
            weight_decay,
            decoupled: self.decay == Decay::Decoupled,
        }
    }
}

/// Form of weight decay under Adam.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// AdamW: in proportion to the weight and the learning rate, and only where the step had a gradient.
    #[default]
    Decoupled,
    /// The paper's: L2, added to the gradient over the whole of each shared tensor that a step used. Adam
    /// divides by the size of the gradient plus ε, so a weight without any other gradient shrinks by the
    /// fraction lr·weight_decay/ε in each step: with the defaults ten thousand times faster than when
    /// decoupled.
    Coupled,
}

/// Scoring of candidates on the validation split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScoringConfig {
    /// Batch size of scoring.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: usize,
    /// Validation examples per candidate, always the same ones; 0 means all.
    pub examples: usize,
    /// Batch-norm calibration: training examples in the fixed batch on which statistics are recomputed for
    /// each candidate.
    #[schemars(range(min = 2, max = 65_536))]
    pub calibration: usize,
}

impl Default for ScoringConfig {
    fn default() -> Self {
        Self { batch: 100, examples: 0, calibration: 200 }
    }
}

//! Configuration of the SMASH strategy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HyperNetConfig, PerturbationChain, SmashEstimator};
use crate::backend::Optimizer;
use crate::component::{Component, Kind, StrategyConfig};
use crate::error::Result;
use crate::schedule::Schedule;
use crate::strategy::{Estimator, Proposer};

/// Trains one HyperNet that writes the weights of any architecture of the space; ranks architectures by their
/// validation loss under those weights; refines the best. The defaults are the paper's (method sections 5 and 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
// `S` says how it searches; all of them share the training and the scoring.
#[schemars(bound = "S: Default + Serialize + JsonSchema")]
pub struct SmashConfig<S = SearchConfig> {
    /// Passes over the training examples while the HyperNet is trained.
    #[schemars(range(min = 0, max = 100_000))]
    pub epochs: u64,
    /// Examples per training step.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: usize,
    /// Architectures whose gradients are summed in one step, each on its own batch.
    #[schemars(range(min = 1, max = 64))]
    pub architectures_per_step: u64,
    /// Initial learning rate of Adam.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub lr: f64,
    /// Adam's decays of the first and second moment.
    pub betas: [f64; 2],
    /// Adam's ε.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub epsilon: f64,
    /// Weight decay of the shared weights; the HyperNet has none.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight_decay: f64,
    /// How it decays.
    pub decay: Decay,
    /// How the learning rate falls.
    pub schedule: Schedule,
    /// Gradients of a step are scaled to this norm at most; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub clip: Option<f64>,
    /// The HyperNet.
    pub hypernet: HyperNetConfig,
    /// How candidates are scored.
    pub scoring: ScoringConfig,
    /// How many candidates, and from where.
    pub search: S,
}

impl<S: Default> Default for SmashConfig<S> {
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
            search: S::default(),
        }
    }
}

impl<S> SmashConfig<S> {
    /// The same training and scoring with another search.
    #[must_use]
    pub fn with_search<T>(self, search: T) -> SmashConfig<T> {
        SmashConfig {
            epochs: self.epochs,
            batch: self.batch,
            architectures_per_step: self.architectures_per_step,
            lr: self.lr,
            betas: self.betas,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
            decay: self.decay,
            schedule: self.schedule,
            clip: self.clip,
            hypernet: self.hypernet,
            scoring: self.scoring,
            search,
        }
    }

    /// How to step what decays by `weight_decay` in step `step` of `steps`.
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

/// How weights decay under Adam.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// AdamW: in proportion to the weight and the learning rate, and only what the step used.
    #[default]
    Decoupled,
    /// The paper's: L2, added to the gradient over the whole of each shared tensor that a step used. Adam divides by
    /// the gradient's size plus ε, so what has no other gradient shrinks by lr·weight_decay/ε of itself in each step:
    /// with the defaults ten thousand times faster than when decoupled.
    Coupled,
}

/// How a candidate is scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScoringConfig {
    /// Validation examples per batch.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: usize,
    /// Validation examples used for each candidate, always the same ones; 0 means all.
    pub examples: usize,
    /// Training examples in the fixed batch on which batch-norm statistics are recomputed for each candidate.
    #[schemars(range(min = 2, max = 65_536))]
    pub calibration: usize,
}

impl Default for ScoringConfig {
    fn default() -> Self {
        Self { batch: 100, examples: 0, calibration: 200 }
    }
}

/// The search of method section 6.1: random samples, perturbations of the best of them, then a greedy chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchConfig {
    /// Random architectures.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub random: u64,
    /// Independent perturbations of the best random architecture.
    #[schemars(range(max = 10_000_000))]
    pub perturbation: u64,
    /// Steps of a chain that moves to each perturbation that is better.
    #[schemars(range(max = 10_000_000))]
    pub chain: u64,
    /// Probability with which a perturbation redraws each decision.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rate: f64,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self { random: 500, perturbation: 100, chain: 100, rate: 0.05 }
    }
}

#[typetag::serde(name = "smash")]
impl StrategyConfig for SmashConfig {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(PerturbationChain::new(self.search.clone())))
    }

    fn estimator(&self) -> Result<Box<dyn Estimator>> {
        Ok(Box::new(SmashEstimator::new(self.clone())))
    }
}

inventory::submit! {
    Component::new::<SmashConfig>(
        Kind::Strategy,
        "smash",
        "HyperNet estimator with random search, perturbation and chain (Brock et al. 2018).",
    )
}

//! Learning-rate schedules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Learning-rate schedule of a training run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// ½·lr·(1 + cos(π·step/steps)), per step (method section 5).
    #[default]
    Cosine,
    /// Multiplied by `factor` at each of the given fractions of the run.
    Step {
        /// Fractions of the run, ascending.
        at: Vec<f64>,
        /// The multiplier.
        factor: f64,
    },
    /// Constant learning rate.
    Constant,
}

impl Schedule {
    /// The learning rate of step `step` of `steps`.
    pub fn at(&self, lr: f64, step: u64, steps: u64) -> f64 {
        let progress = step as f64 / steps.max(1) as f64;
        match self {
            Self::Cosine => 0.5 * lr * (1.0 + libm::cos(std::f64::consts::PI * progress)),
            Self::Step { at, factor } => {
                at.iter().filter(|&&border| progress >= border).fold(lr, |lr, _| lr * factor)
            }
            Self::Constant => lr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_fall_as_documented() {
        assert!((Schedule::Cosine.at(0.1, 50, 100) - 0.05).abs() < 1e-12);
        let step = Schedule::Step { at: vec![0.5, 0.75], factor: 0.1 };
        assert!((step.at(1.0, 49, 100) - 1.0).abs() < 1e-12);
        assert!((step.at(1.0, 80, 100) - 0.01).abs() < 1e-12);
    }
}

//! Tolerances of an engine, and its largest deviations from the reference.

use std::fmt;

/// Maximum differences from the reference, relative to the largest expected value of a tensor (to 1 if that
/// is smaller). The defaults are those of f32 arithmetic without shortcuts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Of outputs and running statistics.
    pub values: f64,
    /// Of gradients.
    pub gradients: f64,
    /// Of parameters after optimiser steps, and of gradient norms.
    pub steps: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { values: 2e-5, gradients: 5e-5, steps: 1e-6 }
    }
}

/// Largest differences from the reference so far, measured as in [`Tolerance`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deviation {
    /// Of outputs and running statistics.
    pub values: f64,
    /// Of gradients.
    pub gradients: f64,
    /// Of parameters after optimiser steps, and of gradient norms.
    pub steps: f64,
}

impl Deviation {
    /// The maximum of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            values: self.values.max(other.values),
            gradients: self.gradients.max(other.gradients),
            steps: self.steps.max(other.steps),
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "values {:.1e}, gradients {:.1e}, steps {:.1e}", self.values, self.gradients, self.steps)
    }
}

/// Kinds of comparison, each with its own tolerance.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measure {
    /// Outputs and running statistics.
    Values,
    /// Gradients.
    Gradients,
    /// Parameters after optimiser steps.
    Steps,
}

impl Measure {
    pub(super) fn allowed(self, tolerance: &Tolerance) -> f64 {
        match self {
            Self::Values => tolerance.values,
            Self::Gradients => tolerance.gradients,
            Self::Steps => tolerance.steps,
        }
    }

    pub(super) fn seen(self, deviation: &mut Deviation) -> &mut f64 {
        match self {
            Self::Values => &mut deviation.values,
            Self::Gradients => &mut deviation.gradients,
            Self::Steps => &mut deviation.steps,
        }
    }
}

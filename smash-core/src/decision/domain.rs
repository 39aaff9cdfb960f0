//! The values that a decision may have.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The values that a decision may have, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Domain<'a> {
    /// Text, numbers or booleans.
    Choices {
        /// The values.
        choices: Cow<'a, [Value]>,
    },
    /// `low`, `low + step`, … up to at most `high`.
    Integers {
        /// The least.
        low: usize,
        /// The most.
        high: usize,
        /// The distance between neighbours, above 0.
        step: usize,
        /// Whether ratios matter rather than differences.
        log: bool,
    },
}

impl<'a> Domain<'a> {
    /// These values.
    pub fn of(choices: impl Into<Cow<'a, [Value]>>) -> Self {
        Self::Choices { choices: choices.into() }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Choices { choices } => choices.len(),
            Self::Integers { low, high, step, .. } if low <= high && *step > 0 => {
                ((high - low) / step).saturating_add(1)
            }
            Self::Integers { .. } => 0,
        }
    }

    /// True if there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at an index.
    pub fn value(&self, index: usize) -> Option<Value> {
        match self {
            Self::Choices { choices } => choices.get(index).cloned(),
            Self::Integers { low, step, .. } => (index < self.len()).then(|| (low + step * index).into()),
        }
    }

    /// The index of a value. Numbers are equal as numbers: 3 is 3.0, which hosts may make of it.
    pub fn index_of(&self, value: &Value) -> Option<usize> {
        match self {
            Self::Choices { choices } => choices.iter().position(|choice| same(choice, value)),
            Self::Integers { low, step, .. } => {
                let offset = whole(value)?.checked_sub(*low)?;
                let index = offset.checked_div(*step)?;
                (index * step == offset && index < self.len()).then_some(index)
            }
        }
    }

    /// The index of the nearest value, for integers; `None` where values are not ordered.
    pub(super) fn nearest(&self, value: &Value) -> Option<usize> {
        let Self::Integers { low, step, .. } = self else { return None };
        let offset = whole(value)?.saturating_sub(*low);
        Some(offset.saturating_add(step / 2).checked_div(*step)?.min(self.len().checked_sub(1)?))
    }

    /// Without what it borrows.
    pub fn into_owned(self) -> Domain<'static> {
        match self {
            Self::Choices { choices } => Domain::Choices { choices: choices.into_owned().into() },
            Self::Integers { low, high, step, log } => Domain::Integers { low, high, step, log },
        }
    }
}

/// A number without a fraction.
fn whole(value: &Value) -> Option<usize> {
    if let Some(value) = value.as_u64() {
        return usize::try_from(value).ok();
    }
    // Every integer below 2^53 is a float.
    let value = value.as_f64().filter(|v| v.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(v))?;
    Some(value as usize)
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || (a.is_number() && b.is_number() && a.as_f64() == b.as_f64())
}

impl fmt::Display for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Choices { choices } => {
                let shown: Vec<String> = choices.iter().take(16).map(Value::to_string).collect();
                write!(f, "one of {}{}", shown.join(", "), if choices.len() > 16 { ", …" } else { "" })
            }
            Self::Integers { low, high, step: 1, .. } => write!(f, "{low} to {high}"),
            Self::Integers { low, high, step, .. } => {
                write!(f, "{low} to {high} in steps of {step}")
            }
        }
    }
}

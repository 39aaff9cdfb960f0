//! The rules of a space that are more than a number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of the four k×k convolutions an op may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ops {
    /// One convolution.
    Single,
    /// One to four convolutions on two parallel paths, drawn per op.
    Variable,
    /// Always four convolutions, two on each of two parallel paths.
    Big,
}

/// Distribution of the width of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WidthRule {
    /// Peaked at the width of the op's input.
    Peaked,
    /// Uniform over all widths.
    Uniform,
}

/// Possible widths of the banks of a block, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BankSize {
    /// Any number of units up to the maximum width, drawn per block.
    Any,
    /// Always one unit.
    One,
}

/// Output channels of the 1×1 convolution of an op (bottleneck).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BottleneckRule {
    /// As many whole op widths as the op reads, at most `bottleneck` of them and at most `max_width`
    /// channels.
    Floor,
    /// Always `bottleneck` op widths; the HyperNet's plane gets `bottleneck` times as many rows.
    Constant,
}

/// The first convolution of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stem {
    /// Kernel size on every axis; odd.
    #[schemars(range(min = 1, max = 15))]
    pub kernel: usize,
    /// Stride on every axis.
    #[schemars(range(min = 1, max = 4))]
    pub stride: usize,
}

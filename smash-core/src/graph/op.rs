//! The op set of graphs.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::json::{is_zero, pairs};

mod read;
#[cfg(test)]
pub(super) use read::tests;

/// Kind of pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// Mean of the window; where it reaches into the padding, of what lies in the value.
    Average,
    /// Maximum of the window; of equal values the first takes the gradient.
    Max,
}

/// The computation of a node. Shapes below leave out the batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// A value fed at run time.
    Input {
        /// Name of the input.
        name: String,
    },
    /// A stored parameter or buffer, or a slice of one.
    Parameter {
        /// Index into [`Graph::parameters`](super::Graph::parameters).
        index: usize,
    },
    /// Convolution of `x [c, e…]` with `w [o, c/groups, k…]` (never batched); cross-correlation, as in
    /// PyTorch.
    Conv {
        /// Stride per axis.
        stride: Vec<usize>,
        /// Zero padding on both sides, per axis.
        padding: Vec<usize>,
        /// Dilation: the distance of taps per axis.
        dilation: Vec<usize>,
        /// Channel groups.
        groups: usize,
    },
    /// `x [i]`, `w [o, i]`, `b [o]` → `w·x + b`.
    Linear,
    /// Batch norm per channel: `x [c, e…]`, γ `[c]`, β `[c]`, running mean `[c]`, running variance `[c]`.
    BatchNorm {
        /// Added to the variance.
        epsilon: f32,
        /// Weight of the new statistics in the running ones (0.1: new = 0.9·old + 0.1·batch; the variance is
        /// the unbiased one).
        momentum: f32,
    },
    /// `max(x, 0) + slope · min(x, 0)`; slope 0 is ReLU.
    LeakyRelu {
        /// Slope for negative values.
        slope: f32,
    },
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic sigmoid.
    Sigmoid,
    /// `min(max(x, low), high)`: 0 and 6 are ReLU6. The derivative is 0 at both bounds.
    Clamp {
        /// The lower bound, finite and below `high`.
        low: f32,
        /// The upper bound, finite.
        high: f32,
    },
    /// `min(max(x + 3, 0), 6) / 6`. The derivative is 0 at ±3.
    HardSigmoid,
    /// `x · min(max(x + 3, 0), 6) / 6`. The derivative is 0 at −3 and 1 at 3.
    HardSwish,
    /// Sum of two values of equal shape.
    Add,
    /// Product of two values of equal shape.
    Mul,
    /// Product with a constant.
    Scale {
        /// The constant.
        factor: f32,
    },
    /// `x [c, e…] + b [c]`: a bias per channel, for each example its own if `b` is batched.
    Bias,
    /// `x [c, e…] · g [c]`: a gain per channel, for each example its own if `g` is batched.
    Gain,
    /// Concatenation along the first extent (channels).
    Concat,
    /// A slice (box) of a value.
    Slice {
        /// One range per extent.
        #[serde(serialize_with = "pairs")]
        ranges: Vec<Range<usize>>,
    },
    /// The same values in row-major order under other extents.
    Reshape {
        /// The new extents.
        dims: Vec<usize>,
    },
    /// Transposition: extent `i` of the result is extent `axes[i]` of the input.
    Permute {
        /// A permutation of the extents.
        axes: Vec<usize>,
    },
    /// An unbatched value divided by its Euclidean norm (simplified weight norm; method section 4.4). No ε.
    Normalize,
    /// Pooling over windows; incomplete windows at the border are dropped. Padding is never the maximum, and
    /// does not count in a mean.
    Pool {
        /// Average or maximum.
        kind: PoolKind,
        /// Window per axis.
        window: Vec<usize>,
        /// Stride per axis.
        stride: Vec<usize>,
        /// Padding on both sides, per axis: at most half the window. Empty means none, and is how a builder
        /// and JSON hold zeros.
        #[serde(skip_serializing_if = "is_zero")]
        padding: Vec<usize>,
    },
    /// `[c, e…]` → `[c]`: global average pooling.
    GlobalAveragePool,
    /// `[c]` → `[c]`: the logarithm of the softmax.
    LogSoftmax,
    /// `x [c]` (log-probabilities) and a class index per example (batched scalar) → mean of `−x[class]` over
    /// the batch, an unbatched scalar: with log-softmax before it, the cross-entropy.
    NegativeLogLikelihood,
}

impl Op {
    /// A short name for printing and for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Input { .. } => "input",
            Self::Parameter { .. } => "parameter",
            Self::Conv { .. } => "conv",
            Self::Linear => "linear",
            Self::BatchNorm { .. } => "batch_norm",
            Self::LeakyRelu { slope } if *slope == 0.0 => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Clamp { low: 0.0, high: 6.0 } => "relu6",
            Self::Clamp { .. } => "clamp",
            Self::HardSigmoid => "hard_sigmoid",
            Self::HardSwish => "hard_swish",
            Self::Add => "add",
            Self::Mul => "mul",
            Self::Scale { .. } => "scale",
            Self::Bias => "bias",
            Self::Gain => "gain",
            Self::Concat => "concat",
            Self::Slice { .. } => "slice",
            Self::Reshape { .. } => "reshape",
            Self::Permute { .. } => "permute",
            Self::Normalize => "normalize",
            Self::Pool { kind: PoolKind::Average, .. } => "average_pool",
            Self::Pool { kind: PoolKind::Max, .. } => "max_pool",
            Self::GlobalAveragePool => "global_average_pool",
            Self::LogSoftmax => "log_softmax",
            Self::NegativeLogLikelihood => "negative_log_likelihood",
        }
    }
}

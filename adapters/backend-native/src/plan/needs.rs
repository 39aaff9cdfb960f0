//! What ops ask of their inputs, and what backward reads.

use smash_core::graph::{Graph, Node, Op};

/// How a user wants a value to lie. Any value that owns its buffer suits all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// In any runs.
    Any,
    /// Every channel in one run.
    Planes,
    /// Every sample in one run.
    Rows,
}

/// True for concatenations, reshapes and slices along channels: their values lie in the buffers of others.
pub(super) fn moves_nothing(graph: &Graph, node: &Node) -> bool {
    match &node.op {
        Op::Concat | Op::Reshape { .. } => true,
        Op::Slice { ranges } => {
            let dims = &graph.shape(node.inputs[0]).dims;
            !dims.is_empty() && ranges.iter().zip(dims).skip(1).all(|(range, &extent)| *range == (0..extent))
        }
        _ => false,
    }
}

pub(super) fn needed(op: &Op, input: usize) -> Need {
    match op {
        Op::LeakyRelu { .. }
        | Op::Tanh
        | Op::Sigmoid
        | Op::Clamp { .. }
        | Op::HardSigmoid
        | Op::HardSwish => Need::Any,
        Op::Add | Op::Mul | Op::Scale { .. } => Need::Any,
        Op::Conv { .. } | Op::BatchNorm { .. } | Op::Bias | Op::Gain if input == 0 => Need::Planes,
        Op::Pool { .. } | Op::GlobalAveragePool => Need::Planes,
        _ => Need::Rows,
    }
}

/// Whether batch norm reads this input as a running statistic.
pub(crate) fn is_statistic(op: &Op, input: usize) -> bool {
    matches!(op, Op::BatchNorm { .. }) && input >= 3
}

/// Whether a gradient flows to this input.
pub(crate) fn differentiable(op: &Op, input: usize) -> bool {
    match op {
        Op::NegativeLogLikelihood => input == 0,
        _ => !is_statistic(op, input),
    }
}

/// Whether backward reads this input.
pub(super) fn kept_input(op: &Op, input: usize) -> bool {
    match op {
        Op::Conv { .. } | Op::Mul | Op::Gain | Op::HardSigmoid | Op::HardSwish => true,
        Op::Linear => input < 2,
        Op::BatchNorm { .. } => input < 2,
        Op::LeakyRelu { slope } => *slope < 0.0,
        Op::NegativeLogLikelihood => input == 1,
        _ => false,
    }
}

/// Whether backward reads the result.
pub(super) fn keeps_result(op: &Op) -> bool {
    match op {
        Op::LeakyRelu { slope } => *slope >= 0.0,
        Op::Tanh | Op::Sigmoid | Op::Clamp { .. } | Op::Normalize | Op::LogSoftmax => true,
        _ => false,
    }
}

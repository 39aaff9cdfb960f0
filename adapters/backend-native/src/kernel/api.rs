//! The four entry points: checks of the arguments, then the plan of the pass.

use super::micro::segment::{Segment, SegmentMut, sinks, sources};
use super::plan::prepared::{Pass, prepared};
use super::plan::shape::{Activation, ConvShape};
use super::run::correlate::{Operands, correlate};
use super::run::matmul::{View, product};
use super::run::weights::weight_sums;
use super::simd::isa::Level;

/// `output = conv(activation(input), weight)`, or `output +=` where a segment accumulates.
///
/// Input `[batch, c_in, input…]`, weight `[c_out, c_in / groups, kernel…]`, output `[batch, c_out, output…]`.
pub(crate) fn forward(
    level: Level,
    shape: &ConvShape,
    input: &[Segment],
    activation: Activation,
    weight: &[f32],
    output: &mut [SegmentMut],
) {
    let prepared = prepared(level, Pass::Forward, shape);
    let plan = &prepared.plan;
    assert_eq!(weight.len(), shape.weight_len(), "length of the weights");
    let operands = Operands {
        sources: &sources(input, shape.c_in, shape.batch, plan.source_plane()),
        activation,
        weight,
        sinks: &sinks(output, shape.c_out, shape.batch, plan.result_plane()),
        pre: &[],
        slope: 1.0,
    };
    correlate(level, &prepared, &operands);
}

/// The gradient with respect to the convolution's input (before the activation).
///
/// With an activation, `pre` is the input before the activation and the result is multiplied by the derivative: 1
/// where `pre` is positive, the slope elsewhere; without one, `pre` is not looked at.
pub(crate) fn input_gradient(
    level: Level,
    shape: &ConvShape,
    grad_output: &[Segment],
    weight: &[f32],
    activation: Activation,
    pre: &[Segment],
    grad_input: &mut [SegmentMut],
) {
    let prepared = prepared(level, Pass::InputGradient, shape);
    let plan = &prepared.plan;
    assert_eq!(weight.len(), shape.weight_len(), "length of the weights");
    let (pre, slope) = match activation {
        Activation::None => (Vec::new(), 1.0),
        Activation::Leaky(slope) => (sources(pre, shape.c_in, shape.batch, plan.result_plane()), slope),
    };
    let operands = Operands {
        sources: &sources(grad_output, shape.c_out, shape.batch, plan.source_plane()),
        activation: Activation::None,
        weight,
        sinks: &sinks(grad_input, shape.c_in, shape.batch, plan.result_plane()),
        pre: &pre,
        slope,
    };
    correlate(level, &prepared, &operands);
}

/// The gradient with respect to the weights, of `conv(activation(input), weight)`; added to `grad_weight` when
/// `accumulate`.
pub(crate) fn weight_gradient(
    level: Level,
    shape: &ConvShape,
    input: &[Segment],
    activation: Activation,
    grad_output: &[Segment],
    grad_weight: &mut [f32],
    accumulate: bool,
) {
    let prepared = prepared(level, Pass::WeightGradient, shape);
    let plan = &prepared.plan;
    assert_eq!(grad_weight.len(), shape.weight_len(), "length of the weights' gradient");
    let input = sources(input, shape.c_in, shape.batch, plan.source_plane());
    let gradient = sources(grad_output, shape.c_out, shape.batch, plan.result_plane());
    weight_sums(level, &prepared, (&input, activation), &gradient, grad_weight, accumulate);
}

/// `c[m, n] (+)= a[m, k] · b[k, n]`; `a` and `b` with (row stride, column stride), `c` row-major. For linear layers.
#[allow(clippy::too_many_arguments)] // what a matrix product takes
pub(crate) fn matmul(
    level: Level,
    m: usize,
    n: usize,
    k: usize,
    a: &[f32],
    a_strides: (usize, usize),
    b: &[f32],
    b_strides: (usize, usize),
    c: &mut [f32],
    accumulate: bool,
) {
    let a = View { data: a, strides: a_strides };
    let b = View { data: b, strides: b_strides };
    product(level, (m, n, k), a, b, c, accumulate);
}

//! The four entry points: checks of the arguments, then the pass by its plan.

use super::micro::{Segment, SegmentMut, micro_kernels, sinks, sources};
use super::plan::{Activation, ConvShape, Pass, PreparedCache, Tiling};
use super::run::{self, GradientOperands, Operands, Product};
use super::simd::Isa;

/// The convolutions and matrix products of one engine: an instruction set, and the passes that were prepared
/// for it.
#[derive(Debug)]
pub(crate) struct Primitives {
    isa: Isa,
    tiling: Tiling,
    prepared: PreparedCache,
}

impl Primitives {
    /// Nothing prepared yet.
    pub(crate) fn new(isa: Isa, tiling: Tiling) -> Self {
        Self { isa, tiling, prepared: PreparedCache::default() }
    }

    /// The instruction set.
    pub(crate) fn isa(&self) -> Isa {
        self.isa
    }

    /// `output = conv(activation(input), weight)`, or `output +=` where a segment accumulates.
    ///
    /// Input `[batch, c_in, input…]`, weight `[c_out, c_in / groups, kernel…]`, output `[batch, c_out,
    /// output…]`.
    pub(crate) fn forward(
        &self,
        shape: &ConvShape,
        input: &[Segment],
        activation: Activation,
        weight: &[f32],
        output: &mut [SegmentMut],
    ) {
        let prepared = self.prepared.get(self.isa, Pass::Forward, self.tiling, shape);
        let read = &prepared.plan.read;
        assert_eq!(weight.len(), shape.weight_len(), "length of the weights");
        let operands = Operands {
            sources: &sources(input, shape.c_in, shape.batch, read.source_plane()),
            activation,
            weight,
            sinks: &sinks(output, shape.c_out, shape.batch, read.result_plane()),
            pre: &[],
            slope: 1.0,
        };
        run::correlate(&prepared, &operands);
    }

    /// The gradient with respect to the convolution's input (before the activation).
    ///
    /// With an activation, `pre` is the input before the activation and the result is multiplied by the
    /// derivative: 1 where `pre` is positive, the slope elsewhere; without one, `pre` is not looked at.
    pub(crate) fn input_gradient(
        &self,
        shape: &ConvShape,
        grad_output: &[Segment],
        weight: &[f32],
        activation: Activation,
        pre: &[Segment],
        grad_input: &mut [SegmentMut],
    ) {
        let prepared = self.prepared.get(self.isa, Pass::InputGradient, self.tiling, shape);
        let read = &prepared.plan.read;
        assert_eq!(weight.len(), shape.weight_len(), "length of the weights");
        let (pre, slope) = match activation {
            Activation::None => (Vec::new(), 1.0),
            Activation::Leaky(slope) => (sources(pre, shape.c_in, shape.batch, read.result_plane()), slope),
        };
        let operands = Operands {
            sources: &sources(grad_output, shape.c_out, shape.batch, read.source_plane()),
            activation: Activation::None,
            weight,
            sinks: &sinks(grad_input, shape.c_in, shape.batch, read.result_plane()),
            pre: &pre,
            slope,
        };
        run::correlate(&prepared, &operands);
    }

    /// The gradient with respect to the weights, of `conv(activation(input), weight)`; added to `grad_weight`
    /// when `accumulate`.
    pub(crate) fn weight_gradient(
        &self,
        shape: &ConvShape,
        input: &[Segment],
        activation: Activation,
        grad_output: &[Segment],
        grad_weight: &mut [f32],
        accumulate: bool,
    ) {
        let prepared = self.prepared.get(self.isa, Pass::WeightGradient, self.tiling, shape);
        let read = &prepared.plan.read;
        assert_eq!(grad_weight.len(), shape.weight_len(), "length of the weights' gradient");
        let operands = GradientOperands {
            input: &sources(input, shape.c_in, shape.batch, read.source_plane()),
            activation,
            gradient: &sources(grad_output, shape.c_out, shape.batch, read.result_plane()),
        };
        run::weight_gradient(&prepared, &operands, grad_weight, accumulate);
    }

    /// A matrix product. For linear layers.
    pub(crate) fn matmul(&self, product: Product) {
        run::product(micro_kernels(self.isa), product);
    }
}

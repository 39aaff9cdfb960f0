//! What a convolution is: extents, taps, groups, and the activation that may be fused into reading its input.

/// The shape of a convolution over NCDHW tensors of contiguous `f32` planes.
///
/// Everything is three-dimensional; rank 1 and 2 have leading extents of 1 (kernel 1, stride 1, dilation 1,
/// padding 0 there). Weights are `[c_out, c_in / groups, kernel…]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConvShape {
    /// Number of samples.
    pub batch: usize,
    /// Number of groups; divides `c_in` and `c_out`.
    pub groups: usize,
    /// Input channels, over all groups.
    pub c_in: usize,
    /// Output channels, over all groups.
    pub c_out: usize,
    /// Extents of an input plane: depth, height, width.
    pub input: [usize; 3],
    /// Extents of the kernel.
    pub kernel: [usize; 3],
    /// Distance between neighbouring outputs, in input positions.
    pub stride: [usize; 3],
    /// Distance between neighbouring taps, in input positions.
    pub dilation: [usize; 3],
    /// Zeros added on either side of each axis.
    pub padding: [usize; 3],
}

impl ConvShape {
    /// Extents of an output plane; 0 along an axis whose padded extent is smaller than the dilated kernel.
    pub(crate) fn output(&self) -> [usize; 3] {
        std::array::from_fn(|axis| {
            let padded = self.input[axis] + 2 * self.padding[axis];
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            padded.checked_sub(reach).map_or(0, |rest| rest / self.stride[axis] + 1)
        })
    }

    /// Number of numbers in the weight tensor.
    pub(crate) fn weight_len(&self) -> usize {
        self.c_out * (self.c_in / self.groups) * self.kernel.iter().product::<usize>()
    }

    /// Multiply-accumulates of one pass over the whole batch, counting those with padding zeros.
    #[cfg_attr(not(test), allow(dead_code, reason = "counted by the tests and by the speed example"))]
    pub(crate) fn macs(&self) -> usize {
        self.batch * self.output().iter().product::<usize>() * self.weight_len()
    }

    /// Panics unless the shape is one that the kernels can run.
    pub(crate) fn check(&self) {
        assert!(self.groups > 0, "a convolution needs at least one group");
        assert!(
            self.c_in.is_multiple_of(self.groups) && self.c_out.is_multiple_of(self.groups),
            "channels must be divisible by the groups"
        );
        for axis in 0..3 {
            assert!(
                self.kernel[axis] > 0 && self.stride[axis] > 0 && self.dilation[axis] > 0,
                "kernel, stride and dilation must be positive"
            );
        }
    }
}

/// An activation applied to a convolution's input while it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    /// The input as it is.
    None,
    /// `x` where positive, `slope · x` elsewhere. Slope 0 is ReLU.
    Leaky(f32),
}

impl Activation {
    /// Slope where the input is negative.
    pub(crate) fn slope(self) -> f32 {
        match self {
            Activation::None => 1.0,
            Activation::Leaky(slope) => slope,
        }
    }

    /// The activation of one number.
    pub(crate) fn apply(self, x: f32) -> f32 {
        match self {
            Activation::None => x,
            Activation::Leaky(slope) => {
                if x < 0.0 {
                    if slope == 0.0 { 0.0 } else { slope * x }
                } else {
                    x
                }
            }
        }
    }
}

//! Convolutions and pooling, in one to three dimensions.

use smash_core::graph::PoolKind;
use tch::{TchError, Tensor};

use crate::host_tensor::sizes;

/// Parameters of a convolution, one number per axis.
pub(crate) struct Conv<'a> {
    /// Stride.
    pub stride: &'a [usize],
    /// Zero padding on both sides.
    pub padding: &'a [usize],
    /// Dilation: distance between filter taps.
    pub dilation: &'a [usize],
    /// Number of channel groups.
    pub groups: usize,
}

impl Conv<'_> {
    /// Convolves a batch.
    pub(crate) fn apply(&self, x: &Tensor, w: &Tensor, channels_last: bool) -> Result<Tensor, TchError> {
        let (stride, padding, dilation) = (sizes(self.stride), sizes(self.padding), sizes(self.dilation));
        let groups = self.groups as i64;
        let x = if channels_last { gathered(x)? } else { x.shallow_clone() };
        match self.stride.len() {
            1 => x.f_conv1d(w, None::<&Tensor>, stride, padding, dilation, groups),
            2 => x.f_conv2d(w, None::<&Tensor>, stride, padding, dilation, groups),
            _ => x.f_conv3d(w, None::<&Tensor>, stride, padding, dilation, groups),
        }
    }
}

/// The batch in channels-last layout (the channels of a position are adjacent in memory), which later ops
/// keep. libtorch has no such layout for one dimension.
fn gathered(x: &Tensor) -> Result<Tensor, TchError> {
    let (last, first): (&[i64], &[i64]) = match x.dim() {
        4 => (&[0, 2, 3, 1], &[0, 3, 1, 2]),
        5 => (&[0, 2, 3, 4, 1], &[0, 4, 1, 2, 3]),
        _ => return Ok(x.shallow_clone()),
    };
    x.f_permute(last)?.f_contiguous()?.f_permute(first)
}

/// Pools a batch over windows; window, stride and padding have a number per axis, or no padding is given.
pub(crate) fn pool(x: &Tensor, kind: PoolKind, spec: [&[usize]; 3]) -> Result<Tensor, TchError> {
    let rank = spec[0].len();
    let [window, stride, mut pad] = spec.map(sizes);
    pad.resize(rank, 0);
    let one = vec![1; rank];
    match (kind, rank) {
        (_, 0) => Ok(x.shallow_clone()),
        (PoolKind::Average, 1) => x.f_avg_pool1d(window, stride, pad, false, false),
        (PoolKind::Average, 2) => x.f_avg_pool2d(window, stride, pad, false, false, None),
        (PoolKind::Average, _) if x.size()[2..].iter().zip(&window).any(|(e, w)| e < w) => {
            thin_average(x, &window, &stride, &pad)
        }
        (PoolKind::Average, _) => x.f_avg_pool3d(window, stride, pad, false, false, None),
        (PoolKind::Max, 1) => x.f_max_pool1d(window, stride, pad, one, false),
        (PoolKind::Max, 2) => x.f_max_pool2d(window, stride, pad, one, false),
        (PoolKind::Max, _) => x.f_max_pool3d(window, stride, pad, one, false),
    }
}

/// Average pooling of volumes that are thinner than the window, which libtorch refuses whatever the padding:
/// means with zeros, over the means of ones with zeros, which say how much of a window is covered.
fn thin_average(x: &Tensor, window: &[i64], stride: &[i64], pad: &[i64]) -> Result<Tensor, TchError> {
    // The last axis comes first.
    let sides: Vec<i64> = pad.iter().rev().flat_map(|&p| [p, p]).collect();
    let mean = |x: &Tensor| {
        x.f_constant_pad_nd(&sides[..])?.f_avg_pool3d(window, stride, &[0; 3][..], false, true, None)
    };
    mean(x)?.f_div(&mean(&x.f_ones_like()?)?)
}

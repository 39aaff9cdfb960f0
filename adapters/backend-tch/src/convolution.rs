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

/// Pools a batch over windows.
pub(crate) fn pool(
    x: &Tensor,
    kind: PoolKind,
    window: &[usize],
    stride: &[usize],
) -> Result<Tensor, TchError> {
    let rank = window.len();
    let (window, stride) = (sizes(window), sizes(stride));
    let (zero, one) = (vec![0; rank], vec![1; rank]);
    match (kind, rank) {
        (_, 0) => Ok(x.shallow_clone()),
        (PoolKind::Average, 1) => x.f_avg_pool1d(window, stride, zero, false, true),
        (PoolKind::Average, 2) => x.f_avg_pool2d(window, stride, zero, false, true, None),
        (PoolKind::Average, _) => x.f_avg_pool3d(window, stride, zero, false, true, None),
        (PoolKind::Max, 1) => x.f_max_pool1d(window, stride, zero, one, false),
        (PoolKind::Max, 2) => x.f_max_pool2d(window, stride, zero, one, false),
        (PoolKind::Max, _) => x.f_max_pool3d(window, stride, zero, one, false),
    }
}

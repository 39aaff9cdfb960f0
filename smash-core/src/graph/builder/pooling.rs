//! Pooling.

use super::Builder;
use crate::error::Result;
use crate::graph::{Op, PoolKind, ValueId};

/// Settings of a pooling; empty lists mean the window (stride) and zeros (padding).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolSpec {
    /// Window per axis.
    pub window: Vec<usize>,
    /// Stride per axis.
    pub stride: Vec<usize>,
    /// Padding on both sides, per axis, at most half the window. It is never the maximum, and does not count
    /// in a mean.
    pub padding: Vec<usize>,
}

impl PoolSpec {
    /// Stride 1 and "same" padding, which keeps the extents; for odd windows.
    pub fn same(window: &[usize]) -> Self {
        Self {
            window: window.to_vec(),
            stride: vec![1; window.len()],
            padding: window.iter().map(|w| w / 2).collect(),
        }
    }
}

impl Builder {
    /// Pooling over windows; incomplete windows at the border are dropped.
    ///
    /// # Errors
    /// When the window does not fit, or the padding is more than half of it.
    pub fn pool(&mut self, x: ValueId, kind: PoolKind, spec: PoolSpec) -> Result<ValueId> {
        let PoolSpec { window, mut stride, padding } = spec;
        if stride.is_empty() {
            stride.clone_from(&window);
        }
        self.op(Op::Pool { kind, window, stride, padding }, &[x])
    }

    /// Average pooling with window = stride.
    ///
    /// # Errors
    /// When the window does not fit.
    pub fn average_pool(&mut self, x: ValueId, window: &[usize]) -> Result<ValueId> {
        self.pool(x, PoolKind::Average, PoolSpec { window: window.to_vec(), ..PoolSpec::default() })
    }

    /// Global average pooling: the mean over all positions.
    ///
    /// # Errors
    /// When the value has no channels.
    pub fn global_average_pool(&mut self, x: ValueId) -> Result<ValueId> {
        self.op(Op::GlobalAveragePool, &[x])
    }
}

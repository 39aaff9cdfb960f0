//! The learning task: the shape of a classification problem.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shape of a classification problem. Its spatial rank is the number of extents: 1 signals, 2 images, 3
/// voxels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Input channels (3 for RGB).
    pub channels: usize,
    /// Spatial extents, outermost first (`[32, 32]` for CIFAR).
    pub extents: Vec<usize>,
    /// Number of classes.
    pub classes: usize,
}

impl Task {
    /// Spatial rank: the number of extents.
    pub fn rank(&self) -> usize {
        self.extents.len()
    }

    /// Number of values in one example.
    pub fn example_len(&self) -> usize {
        self.channels * self.extents.iter().product::<usize>()
    }

    /// Shape of one example, `[channels, extents…]`.
    pub fn dims(&self) -> Vec<usize> {
        let mut dims = vec![self.channels];
        dims.extend(&self.extents);
        dims
    }
}

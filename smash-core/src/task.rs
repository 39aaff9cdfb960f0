//! The learning task: the shape of a classification problem.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Problem;
use crate::tensor::MOST_VALUES;

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

    /// Number of values in one example; the largest number where it would be larger.
    pub fn example_len(&self) -> usize {
        self.extents.iter().fold(self.channels, |len, &extent| len.saturating_mul(extent))
    }

    /// Checks that examples of this shape can be counted, whatever is built for them.
    ///
    /// # Errors
    /// When there are more values in an example, or more classes, than any machine can hold.
    pub fn check(&self) -> Result<(), Problem> {
        if self.example_len() > MOST_VALUES {
            return Err(Problem::new(
                "",
                format!("expected at most {MOST_VALUES} values in an example, found more"),
            ));
        }
        if self.classes > MOST_VALUES {
            let found = self.classes;
            return Err(Problem::new(
                "/classes",
                format!("expected at most {MOST_VALUES} classes, found {found}"),
            ));
        }
        Ok(())
    }

    /// Shape of one example, `[channels, extents…]`.
    pub fn dims(&self) -> Vec<usize> {
        let mut dims = vec![self.channels];
        dims.extend(&self.extents);
        dims
    }
}

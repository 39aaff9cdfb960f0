//! Random changes of training examples.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::random::Random;
use crate::task::Task;

/// Random changes that keep the class of a training example. Plain data: it stands in the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Zeros padded on each side before a random crop of the original size: shifts by up to this many positions.
    #[schemars(range(max = 16))]
    pub crop_padding: usize,
    /// Mirror the last axis with probability one half.
    pub flip: bool,
}

impl Augmentation {
    /// Writes a changed copy of an example.
    pub fn apply(&self, task: &Task, random: &mut Random, source: &[f32], out: &mut [f32]) {
        let shifts: Vec<isize> = task
            .extents
            .iter()
            .map(|_| random.below(2 * self.crop_padding + 1) as isize - self.crop_padding as isize)
            .collect();
        let flip = self.flip && random.coin(0.5);
        let width = task.extents.last().copied().unwrap_or(1);
        let shift = shifts.last().copied().unwrap_or(0);
        for (row, line) in out.chunks_exact_mut(width).enumerate() {
            let Some(start) = source_row(&task.extents, &shifts, row) else {
                line.fill(0.0);
                continue;
            };
            for (x, value) in line.iter_mut().enumerate() {
                let x = if flip { width - 1 - x } else { x } as isize + shift;
                *value =
                    if (0..width as isize).contains(&x) { source[start * width + x as usize] } else { 0.0 };
            }
        }
    }
}

/// The row of the source that `row` of a shifted copy comes from; `None` in the padding. Rows count all axes but the
/// last.
fn source_row(extents: &[usize], shifts: &[isize], row: usize) -> Option<usize> {
    let (mut rest, mut source, mut step) = (row, 0, 1);
    for axis in (0..extents.len().saturating_sub(1)).rev() {
        let at = (rest % extents[axis]) as isize + shifts[axis];
        if !(0..extents[axis] as isize).contains(&at) {
            return None;
        }
        source += at as usize * step;
        step *= extents[axis];
        rest /= extents[axis];
    }
    Some(source + rest * step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    #[test]
    fn augmentation_shifts_and_flips_whole_examples() {
        let task = Task { channels: 2, extents: vec![3, 4], classes: 2 };
        let source: Vec<f32> = (1..=24).map(|v| v as f32).collect();
        let mut out = vec![0.0; 24];
        Augmentation::default().apply(&task, &mut Seed::new(0).random(), &source, &mut out);
        assert_eq!(out, source);
        let augmentation = Augmentation { crop_padding: 1, flip: true };
        for i in 0..50 {
            augmentation.apply(&task, &mut Seed::new(i).random(), &source, &mut out);
            // Both channels move together: 12 apart wherever neither is padding.
            assert!((0..12).all(|j| (out[j] == 0.0) == (out[j + 12] == 0.0)));
            assert!((0..12).all(|j| out[j] == 0.0 || out[j + 12] - out[j] == 12.0));
            assert!(out.iter().filter(|v| **v == 0.0).count() <= 2 * (12 - 6));
        }
    }
}

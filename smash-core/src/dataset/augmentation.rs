//! Random changes of training examples.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::random::Random;
use crate::task::Task;

/// Random changes that keep the class of a training example. Plain data: it stands in the job. Changes of images and of
/// voxels may be combined; each is off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Zeros padded on each side before a random crop of the original size: shifts by up to this many positions.
    #[schemars(range(max = 16))]
    pub crop_padding: usize,
    /// Mirror the last axis with probability one half.
    pub flip: bool,
    /// Probability with which each axis but the last is mirrored: of voxels, the two horizontal ones.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub mirror: f64,
    /// Smallest and largest shift along each axis, in positions; what leaves at one side comes back at the other.
    #[serde(skip_serializing_if = "is_still")]
    #[schemars(inner(range(min = -16, max = 16)))]
    pub roll: [i32; 2],
}

fn is_zero(probability: &f64) -> bool {
    *probability == 0.0
}

fn is_still(roll: &[i32; 2]) -> bool {
    *roll == [0, 0]
}

impl Augmentation {
    /// Writes a changed copy of an example, `[channels, extents…]` row-major as the source.
    pub fn apply(&self, task: &Task, random: &mut Random, source: &[f32], out: &mut [f32]) {
        let axes = self.draw(&task.extents, random);
        let Some((last, outer)) = axes.split_last() else {
            return out.copy_from_slice(source);
        };
        for (row, line) in out.chunks_exact_mut(last.len()).enumerate() {
            match source_row(outer, row) {
                None => line.fill(0.0),
                Some(start) => line.iter_mut().zip(last).for_each(|(value, from)| {
                    *value = from.map_or(0.0, |from| source[start * last.len() + from]);
                }),
            }
        }
    }

    /// For each axis, where each position of the copy comes from; `None` in the padding.
    fn draw(&self, extents: &[usize], random: &mut Random) -> Vec<Vec<Option<usize>>> {
        let within = |random: &mut Random, low: isize, high: isize| {
            low + random.below(high.abs_diff(low) + 1) as isize
        };
        let padding = self.crop_padding as isize;
        let crops: Vec<isize> = extents.iter().map(|_| within(random, -padding, padding)).collect();
        let flip = self.flip && random.coin(0.5);
        let last = extents.len().saturating_sub(1);
        let mirrors: Vec<bool> = (0..extents.len())
            .map(|axis| axis < last && self.mirror > 0.0 && random.coin(self.mirror))
            .collect();
        let (low, high) = (self.roll[0].min(self.roll[1]) as isize, self.roll[0].max(self.roll[1]) as isize);
        let axis = |(axis, &extent): (usize, &usize)| {
            let (n, roll) = (extent as isize, within(random, low, high));
            let mirrored = mirrors[axis] != (flip && axis == last);
            let from = |at: isize| {
                let at = (at - roll).rem_euclid(n);
                let at = if mirrored { n - 1 - at } else { at } + crops[axis];
                (0..n).contains(&at).then_some(at as usize)
            };
            (0..n).map(from).collect()
        };
        extents.iter().enumerate().map(axis).collect()
    }
}

/// The row of the source that `row` of a changed copy comes from; `None` in the padding. Rows count the channels and all
/// axes but the last.
fn source_row(axes: &[Vec<Option<usize>>], row: usize) -> Option<usize> {
    let (mut rest, mut source, mut step) = (row, 0, 1);
    for axis in axes.iter().rev() {
        source += axis[rest % axis.len()]? * step;
        step *= axis.len();
        rest /= axis.len();
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
        let augmentation = Augmentation { crop_padding: 1, flip: true, ..Augmentation::default() };
        for i in 0..50 {
            augmentation.apply(&task, &mut Seed::new(i).random(), &source, &mut out);
            // Both channels move together: 12 apart wherever neither is padding.
            assert!((0..12).all(|j| (out[j] == 0.0) == (out[j + 12] == 0.0)));
            assert!((0..12).all(|j| out[j] == 0.0 || out[j + 12] - out[j] == 12.0));
            assert!(out.iter().filter(|v| **v == 0.0).count() <= 2 * (12 - 6));
        }
    }
    #[test]
    fn voxels_are_mirrored_on_the_first_two_axes_and_roll_round() {
        let task = Task { channels: 1, extents: vec![4, 5, 3], classes: 2 };
        let source: Vec<f32> = (0..60).map(|v| v as f32).collect();
        let at = |x: usize, y: usize, z: usize| ((x * 5 + y) * 3 + z) as f32;
        let mut out = vec![0.0; 60];
        let mirror = Augmentation { mirror: 1.0, ..Augmentation::default() };
        mirror.apply(&task, &mut Seed::new(0).random(), &source, &mut out);
        assert_eq!((out[0], out[59]), (at(3, 4, 0), at(0, 0, 2)));
        let roll = Augmentation { roll: [-2, -2], ..Augmentation::default() };
        roll.apply(&task, &mut Seed::new(0).random(), &source, &mut out);
        assert_eq!((out[0], out[59]), (at(2, 2, 2), at(1, 1, 1)));
        // Shifts are drawn for each axis, and every value stays.
        let both = Augmentation { mirror: 0.2, roll: [-2, 1], ..Augmentation::default() };
        let mut firsts = std::collections::BTreeSet::new();
        for i in 0..3000 {
            both.apply(&task, &mut Seed::new(i).random(), &source, &mut out);
            firsts.insert(out[0] as usize);
            let mut all = out.clone();
            all.sort_by(f32::total_cmp);
            assert_eq!(all, source);
        }
        // Mirrored and shifted, every position comes to the front.
        assert_eq!(firsts.len(), 4 * 5 * 3);
    }

    #[test]
    fn what_is_off_is_not_written() {
        let json =
            serde_json::to_string(&Augmentation { crop_padding: 4, ..Augmentation::default() }).unwrap();
        assert_eq!(json, r#"{"crop_padding":4,"flip":false}"#);
    }
}

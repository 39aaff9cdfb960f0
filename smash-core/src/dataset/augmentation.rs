//! Random changes of training examples.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::random::{Random, Seed};
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
    /// Extent of a square or cube of zeros (after normalisation: of means) around a position that is drawn anywhere in
    /// the example; what would lie outside is cut off.
    #[serde(skip_serializing_if = "is_none")]
    #[schemars(range(max = 512))]
    pub cutout: usize,
}

fn is_zero(probability: &f64) -> bool {
    *probability == 0.0
}

fn is_still(roll: &[i32; 2]) -> bool {
    *roll == [0, 0]
}

fn is_none(extent: &usize) -> bool {
    *extent == 0
}

impl Augmentation {
    /// Writes a changed copy of an example, `[channels, extents…]` row-major as the source. The seed is the example's
    /// own: it says all that is drawn.
    pub fn apply(&self, task: &Task, seed: Seed, source: &[f32], out: &mut [f32]) {
        let axes = self.draw(&task.extents, &mut seed.random());
        let Some((last, outer)) = axes.split_last() else {
            return out.copy_from_slice(source);
        };
        let width = last.len();
        let (runs, padded) = (runs(last), last.contains(&None));
        let rows = (0..task.channels).map(Some).collect();
        let rows = outer.iter().fold(rows, |rows: Vec<Option<usize>>, axis| {
            let inner = |row: Option<usize>| axis.iter().map(move |at| Some(row? * axis.len() + (*at)?));
            rows.into_iter().flat_map(inner).collect()
        });
        for (row, line) in rows.into_iter().zip(out.chunks_exact_mut(width)) {
            if row.is_none() || padded {
                line.fill(0.0);
            }
            if let Some(row) = row {
                runs.iter().for_each(|run| run.copy(&source[row * width..(row + 1) * width], line));
            }
        }
        if self.cutout > 0 {
            // A seed of its own, so that the other draws are those of a job without it.
            self.cut(task, &mut seed.split("cutout").random(), out);
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

    /// Puts zeros into a square or cube, the same in all channels.
    fn cut(&self, task: &Task, random: &mut Random, out: &mut [f32]) {
        let range = |&extent: &usize| {
            let centre = random.below(extent);
            let end = centre.saturating_add(self.cutout.div_ceil(2)).min(extent);
            centre.saturating_sub(self.cutout / 2)..end
        };
        let ranges: Vec<Range<usize>> = task.extents.iter().map(range).collect();
        let Some((last, outer)) = ranges.split_last() else { return };
        let mut rows: Vec<usize> = (0..task.channels).collect();
        for (range, extent) in outer.iter().zip(&task.extents) {
            rows = rows.into_iter().flat_map(|row| range.clone().map(move |at| row * extent + at)).collect();
        }
        let width = task.extents[outer.len()];
        rows.into_iter().for_each(|row| out[row * width + last.start..row * width + last.end].fill(0.0));
    }
}

/// Neighbours of a row that stay neighbours.
struct Run {
    to: Range<usize>,
    from: Range<usize>,
    mirrored: bool,
}

impl Run {
    fn copy(&self, source: &[f32], out: &mut [f32]) {
        let (source, out) = (&source[self.from.clone()], &mut out[self.to.clone()]);
        if self.mirrored {
            out.iter_mut().zip(source.iter().rev()).for_each(|(out, value)| *out = *value);
        } else {
            out.copy_from_slice(source);
        }
    }
}

/// The runs of an axis.
fn runs(axis: &[Option<usize>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (to, from) in axis.iter().enumerate().filter_map(|(to, from)| Some((to, (*from)?))) {
        match runs.last_mut().filter(|run| run.to.end == to) {
            Some(run) if !run.mirrored && run.from.end == from => run.from.end += 1,
            Some(run) if (run.mirrored || run.to.len() == 1) && run.from.start == from + 1 => {
                (run.from.start, run.mirrored) = (from, true);
            }
            _ => {
                runs.push(Run { to: to..to + 1, from: from..from + 1, mirrored: false });
                continue;
            }
        }
        if let Some(run) = runs.last_mut() {
            run.to.end += 1;
        }
    }
    runs
}

#[cfg(test)]
mod tests;

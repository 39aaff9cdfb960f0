//! Augmentation of training examples.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::random::{Random, Seed};
use crate::task::Task;

/// Augmentation: random transformations of a training example that keep its class. Those for images and for
/// voxels may be combined; each is off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Random crop: zeros padded on each side before a crop of the original size, which shifts by up to this
    /// many positions.
    #[schemars(range(max = 16))]
    pub crop_padding: usize,
    /// Random flip: mirror the last axis with probability one half.
    pub flip: bool,
    /// Probability of mirroring each axis but the last: for voxels, the two horizontal ones.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub mirror: f64,
    /// Random roll: smallest and largest cyclic shift along each axis, in positions; values that leave at one
    /// side wrap around to the other.
    #[serde(skip_serializing_if = "is_still")]
    #[schemars(inner(range(min = -16, max = 16)))]
    pub roll: [i32; 2],
    /// Cutout: extent of a square or cube of zeros (after normalisation: of means) around a position drawn
    /// anywhere in the example; it is clipped at the border.
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
    /// Augments an example, `[channels, extents…]` row-major like the source. The seed is the example's own
    /// and determines every draw.
    pub fn apply(&self, task: &Task, seed: Seed, source: &[f32], out: &mut [f32]) {
        let axes = self.draw(&task.extents, &mut seed.random());
        let Some((last, outer)) = axes.split_last() else {
            return out.copy_from_slice(source);
        };
        let width = last.len();
        let (segments, padded) = (segments(last), last.contains(&None));
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
                segments
                    .iter()
                    .for_each(|segment| segment.copy(&source[row * width..(row + 1) * width], line));
            }
        }
        if self.cutout > 0 {
            // Cutout has a seed of its own, so that it does not change the other draws.
            self.cutout(task, &mut seed.split("cutout").random(), out);
        }
    }

    /// For each axis, the source position of each output position; `None` in the padding.
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

    /// Cutout: zeros a square or cube, the same in all channels.
    fn cutout(&self, task: &Task, random: &mut Random, out: &mut [f32]) {
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

/// A contiguous run of a row in both the source and the output, which is copied as a whole.
struct Segment {
    to: Range<usize>,
    from: Range<usize>,
    mirrored: bool,
}

impl Segment {
    fn copy(&self, source: &[f32], out: &mut [f32]) {
        let (source, out) = (&source[self.from.clone()], &mut out[self.to.clone()]);
        if self.mirrored {
            out.iter_mut().zip(source.iter().rev()).for_each(|(out, value)| *out = *value);
        } else {
            out.copy_from_slice(source);
        }
    }
}

/// The contiguous runs of an axis.
fn segments(axis: &[Option<usize>]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (to, from) in axis.iter().enumerate().filter_map(|(to, from)| Some((to, (*from)?))) {
        match segments.last_mut().filter(|segment| segment.to.end == to) {
            Some(segment) if !segment.mirrored && segment.from.end == from => segment.from.end += 1,
            Some(segment)
                if (segment.mirrored || segment.to.len() == 1) && segment.from.start == from + 1 =>
            {
                (segment.from.start, segment.mirrored) = (from, true);
            }
            _ => {
                segments.push(Segment { to: to..to + 1, from: from..from + 1, mirrored: false });
                continue;
            }
        }
        if let Some(segment) = segments.last_mut() {
            segment.to.end += 1;
        }
    }
    segments
}

#[cfg(test)]
mod tests;

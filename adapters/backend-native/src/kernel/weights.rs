//! The weight gradient: for every (output channel, input channel, tap) a sum over samples and positions.
//!
//! Samples are cut into chunks; each chunk has its own partial sums, which are added in order at the end, so that the
//! result does not depend on who computed what. Within a chunk, input channels are cut into ranges that are computed
//! by different tasks.

use super::blocks::{pieces, runs};
use super::dispatch::{Kernels, kernels};
use super::fill::{ahead, fill};
use super::layout::{Layout, Unit, Wish};
use super::level::Level;
use super::parallel::{for_each, tasks, together};
use super::plan::Plan;
use super::prepared::Prepared;
use super::scratch::{self, Note};
use super::segment::Source;
use super::shape::Activation;
use super::sum::{Spread, Sum};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// Partial sums may take this many numbers.
const PARTIAL: usize = 1 << 22;
/// Partial sums are added in blocks of this many.
const BLOCK: usize = 4096;

/// How a weight gradient is cut.
pub(super) fn layout(kernels: &Kernels, plan: &Plan) -> Layout {
    let wish = Wish {
        vectors: 1024 / kernels.lanes,
        most: 1536 / kernels.lanes,
        units: 4,
        multiple: 1,
        scratch: 128 * 1024,
        stream: false,
    };
    Layout::new(plan, kernels.lanes, &wish)
}

/// Adds the weight gradient of a prepared pass to `grad_weight`, or overwrites it.
pub(super) fn weight_sums(
    level: Level,
    prepared: &Prepared,
    (input, activation): (&[Source], Activation),
    gradient: &[Source],
    grad_weight: &mut [f32],
    accumulate: bool,
) {
    let Prepared { plan, layout, .. } = prepared;
    let len = grad_weight.len();
    let units = layout.units.len();
    if units == 0 || len == 0 {
        if !accumulate {
            grad_weight.fill(0.0);
        }
        return;
    }
    let tasks = tasks(plan.macs());
    let chunks = units.min(tasks).min((PARTIAL / len).max(2));
    let chunks: Vec<(usize, usize)> = pieces(units, units.div_ceil(chunks)).collect();
    // Too few chunks and groups: cut the larger side of the channels, so that less is copied twice.
    let parts = tasks.div_ceil(2).div_ceil(chunks.len() * plan.groups);
    let cut = |channels: usize, parts: usize| -> Vec<Range<usize>> {
        pieces(channels, channels.div_ceil(parts.min(channels)))
            .map(|(from, count)| from..from + count)
            .collect()
    };
    let (rows, columns) = if plan.writes > plan.reads {
        (cut(plan.writes, parts), cut(plan.reads, 1))
    } else {
        (cut(plan.writes, 1), cut(plan.reads, parts))
    };
    // A single chunk goes into the result right away.
    let direct = chunks.len() == 1;
    scratch::with(if direct { 0 } else { chunks.len() * len }, |partial| {
        let pass = Pass {
            kernels: kernels(level),
            plan,
            layout,
            input,
            activation,
            gradient,
            sums: Sums(if direct { grad_weight.as_mut_ptr() } else { partial.as_mut_ptr() }),
            accumulate: direct && accumulate,
        };
        // Groups that are small together are one task.
        let parts = chunks.len() * rows.len() * columns.len();
        let sets: Vec<(usize, usize)> = pieces(plan.groups, together(parts, plan.groups)).collect();
        for_each(parts * sets.len(), plan.macs(), |task| {
            let (part, (first, count)) = (task / sets.len(), sets[task % sets.len()]);
            let (chunk, part) = (part / (rows.len() * columns.len()), part % (rows.len() * columns.len()));
            let (from, units) = chunks[chunk];
            for group in first..first + count {
                pass.run(&Part {
                    units: &layout.units[from..from + units],
                    group,
                    rows: rows[part / columns.len()].clone(),
                    columns: columns[part % columns.len()].clone(),
                    start: chunk * len,
                });
            }
        });
        if !direct {
            gather(partial, grad_weight, accumulate);
        }
    });
}

/// Adds the partial sums, chunk after chunk.
fn gather(partial: &[f32], grad_weight: &mut [f32], accumulate: bool) {
    let (len, chunks) = (grad_weight.len(), partial.len() / grad_weight.len().max(1));
    let add = |(index, block): (usize, &mut [f32])| {
        if !accumulate {
            block.fill(0.0);
        }
        for chunk in 0..chunks {
            let from = &partial[chunk * len + index * BLOCK..];
            for (sum, x) in block.iter_mut().zip(from) {
                *sum += x;
            }
        }
    };
    if len * chunks < 1 << 16 {
        grad_weight.chunks_mut(BLOCK).enumerate().for_each(add);
    } else {
        grad_weight.par_chunks_mut(BLOCK).enumerate().for_each(add);
    }
}

/// The partial sums of all chunks, or the result.
#[derive(Clone, Copy)]
struct Sums(*mut f32);

// SAFETY: tasks write disjoint parts: those of their chunk, group, rows and columns.
unsafe impl Send for Sums {}
// SAFETY: as above.
unsafe impl Sync for Sums {}

/// A weight gradient in progress.
struct Pass<'a> {
    kernels: &'a Kernels,
    plan: &'a Plan,
    layout: &'a Layout,
    input: &'a [Source],
    activation: Activation,
    gradient: &'a [Source],
    sums: Sums,
    /// Add to what is in `sums`.
    accumulate: bool,
}

/// What one task sums for one group.
struct Part<'a> {
    /// Over these units.
    units: &'a [Unit],
    /// For this group.
    group: usize,
    /// For these output channels of the group.
    rows: Range<usize>,
    /// For these input channels of the group.
    columns: Range<usize>,
    /// Where the sums of the chunk start.
    start: usize,
}

impl Pass<'_> {
    /// Sums a part.
    fn run(&self, part: &Part) {
        let per_channel = self.layout.per_channel(self.plan);
        let most = part.units.iter().map(|unit| unit.to - unit.from).max();
        // An odd number of vectors: channels must not all fall into the same set of the cache.
        let pitch = (most.unwrap_or(0) | 1) * self.kernels.lanes;
        scratch::with_note(part.columns.len() * per_channel, |window, note| {
            scratch::with(part.rows.len() * pitch, |spread| {
                for (index, unit) in part.units.iter().enumerate() {
                    self.lay_out(part, unit, (window, note), (spread, pitch));
                    self.sum(part, unit, (window, spread, pitch), index > 0);
                }
            });
        });
    }

    /// Copies what one unit reads: the input into `window`, the output gradient into `spread`.
    fn lay_out(
        &self,
        part: &Part,
        unit: &Unit,
        (window, note): (&mut [f32], &mut Note),
        (spread, pitch): (&mut [f32], usize),
    ) {
        let (plan, kernels) = (self.plan, self.kernels);
        let channel = part.group * plan.reads;
        fill(
            kernels,
            &self.layout.windows[unit.window],
            (unit.sample, plan.source_plane()),
            &self.input[channel + part.columns.start..channel + part.columns.end],
            self.activation,
            (window, note, self.layout.per_channel(plan)),
        );
        let lanes = &self.layout.lanes[unit.pattern];
        let channel = part.group * plan.writes;
        let gradient = &self.gradient[channel + part.rows.start..channel + part.rows.end];
        for (index, (from, to)) in gradient.iter().zip(spread.chunks_exact_mut(pitch)).enumerate() {
            let job = Spread {
                from: *from,
                sample: unit.sample,
                vectors: unit.to - unit.from,
                first: lanes.first[unit.from..=unit.to].as_ptr(),
                stores: lanes.stores.as_ptr(),
                to: to.as_mut_ptr(),
                ahead: ahead(gradient, index, plan.result_plane()),
            };
            // SAFETY: the level is available, a row of `spread` holds the vectors, and the stores say where the
            // results of existing samples lie, which `sources` has checked against the buffers.
            unsafe { (kernels.spread)(&job) }
        }
    }

    /// The sums over one unit; added to those of the units before.
    fn sum(&self, part: &Part, unit: &Unit, (window, spread, pitch): (&[f32], &[f32], usize), more: bool) {
        let (plan, kernels) = (self.plan, self.kernels);
        let lanes = &self.layout.lanes[unit.pattern];
        let start = self.layout.windows[unit.window].start;
        let (pairs, taps) = (plan.pairs(), plan.taps.len());
        for (row, rows) in pieces(part.rows.len(), kernels.sum_pairs.len()) {
            let channel = part.group * plan.writes + part.rows.start + row;
            let first = part.start + channel * pairs + part.columns.start * taps;
            let most = kernels.sum_pairs[rows - 1];
            runs(part.columns.len() * taps, most, |column, size, count| {
                let job = Sum {
                    scratch: window.as_ptr().wrapping_sub(start),
                    offsets: self.layout.offsets[column..column + size * count].as_ptr(),
                    runs: count,
                    vectors: unit.to - unit.from,
                    starts: lanes.starts[unit.from..unit.to].as_ptr(),
                    masks: lanes.masks[unit.from..unit.to].as_ptr(),
                    gradient: spread[row * pitch..].as_ptr(),
                    gradient_pitch: pitch,
                    sums: self.sums.0.wrapping_add(first + column),
                    sums_pitch: pairs,
                    accumulate: more || self.accumulate,
                };
                // SAFETY: the level is available; starts plus offsets stay inside the window that the scratch buffer
                // holds; the sums are this part's own: its rows, and its columns of them.
                unsafe { (kernels.sum)(rows, size)(&job) }
            });
        }
    }
}

//! The weight gradient: for every (output channel, input channel, tap) a sum over samples and positions.
//!
//! Samples are cut into chunks; each chunk has its own partial sums, which are added in order at the end, so that the
//! result does not depend on who computed what. Within a chunk, input channels are cut into ranges that are computed
//! by different tasks.

use super::super::micro::dispatch::{Kernels, kernels};
use super::super::micro::segment::Source;
use super::super::plan::blocks::pieces;
use super::super::plan::geometry::Plan;
use super::super::plan::layout::{Layout, Wish};
use super::super::plan::prepared::Prepared;
use super::super::plan::shape::Activation;
use super::super::plan::winograd::RowTiles;
use super::super::simd::isa::Level;
use super::parallel::{for_each, tasks, together};
use super::scratch;
use super::weight_units::{Part, Pass, Sums};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// Partial sums may take this many numbers.
const PARTIAL: usize = 1 << 22;
/// Partial sums are added in blocks of this many.
const BLOCK: usize = 4096;

/// Into about this many units a weight gradient is cut.
pub(crate) const UNITS: usize = 4;
/// The scratch buffer of one should not exceed this many numbers.
pub(crate) const SCRATCH: usize = 192 * 1024;

/// How a weight gradient is cut.
pub(crate) fn layout(kernels: &Kernels, plan: &Plan) -> Layout {
    let wish = Wish {
        vectors: 1024 / kernels.lanes,
        most: 1536 / kernels.lanes,
        units: UNITS,
        stack: plan.batch.div_ceil(UNITS),
        // Threads have as much to do as each other.
        stacks: UNITS,
        multiple: 1,
        scratch: SCRATCH,
        stream: false,
    };
    Layout::new(plan, kernels.lanes, &wish)
}

/// Adds the weight gradient of a prepared pass to `grad_weight`, or overwrites it.
pub(crate) fn weight_sums(
    level: Level,
    prepared: &Prepared,
    (input, activation): (&[Source], Activation),
    gradient: &[Source],
    grad_weight: &mut [f32],
    accumulate: bool,
) {
    let Prepared { plan, layout, .. } = prepared;
    // Of every weight, or of every term.
    let len = plan.groups * plan.writes * plan.pairs();
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
    // Too few chunks and groups: cut the larger side of the channels, so that less is copied twice. What is summed by whom
    // may depend on the number of threads; in which order does not.
    let wanted = tasks.div_ceil(2);
    // Asking for their number starts threads, which little work does without.
    let wanted = if wanted > 1 { wanted.min(2 * rayon::current_num_threads()) } else { wanted };
    let parts = wanted.div_ceil(chunks.len() * plan.groups);
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
    let direct = chunks.len() == 1 && plan.tiles.is_none();
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
        match &plan.tiles {
            Some(tiles) => gather_terms(plan, tiles, partial, grad_weight, accumulate),
            None if !direct => gather(partial, grad_weight, accumulate),
            None => {}
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

/// Adds the partial sums of terms, chunk after chunk, and makes the gradient of the weights of them.
fn gather_terms(plan: &Plan, tiles: &RowTiles, partial: &[f32], grad_weight: &mut [f32], accumulate: bool) {
    let (pairs, channels) = (plan.pairs(), plan.groups * plan.writes);
    let add = |(channel, weights): (usize, &mut [f32])| {
        if !accumulate {
            weights.fill(0.0);
        }
        scratch::with(pairs, |terms| {
            terms.fill(0.0);
            for from in partial[channel * pairs..].chunks(channels * pairs) {
                for (sum, x) in terms.iter_mut().zip(from) {
                    *sum += x;
                }
            }
            tiles.unweigh(plan.weight_pitch.1, terms, weights);
        });
    };
    let each = plan.weight_pitch.0;
    if partial.len() < 1 << 14 {
        grad_weight.chunks_exact_mut(each).enumerate().for_each(add);
    } else {
        grad_weight.par_chunks_exact_mut(each).enumerate().for_each(add);
    }
}

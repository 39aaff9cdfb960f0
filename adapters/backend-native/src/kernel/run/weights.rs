//! The weight gradient: for every (output channel, input channel, tap) a reduction over samples and
//! positions.
//!
//! Samples are cut into chunks; each chunk has its own partial sums, which are added in order at the end, so
//! that the result does not depend on who computed what. Within a chunk, input channels are cut into ranges
//! that are computed by different tasks.

use super::super::micro::Source;
use super::super::plan::{Activation, Plan, Prepared, Winograd, pieces, tasks, together};
use super::filter_transform::transform_filter_transposed;
use super::parallel::for_each;
use super::scratch;
use super::weight_units::{PartialSums, WeightGradient, WeightTask};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// Partial sums may take this many numbers.
const PARTIAL: usize = 1 << 22;
/// Partial sums are added in blocks of this many.
const BLOCK: usize = 4096;

/// What a weight gradient is made of, one table entry per channel over all groups.
pub(crate) struct GradientOperands<'a> {
    /// What the convolution read.
    pub input: &'a [Source],
    /// Applied to it.
    pub activation: Activation,
    /// The gradient of its output.
    pub gradient: &'a [Source],
}

/// Adds the weight gradient of a prepared pass to `grad_weight`, or overwrites it.
pub(crate) fn weight_gradient(
    prepared: &Prepared,
    operands: &GradientOperands,
    grad_weight: &mut [f32],
    accumulate: bool,
) {
    let Prepared { plan, layout, .. } = prepared;
    // One sum for every weight, or for every term.
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
    let chunks: Vec<Range<usize>> = pieces(units, units.div_ceil(chunks)).collect();
    // Where chunks and groups are too few for the threads, cut the channels too: the larger side, so that
    // less is packed twice. Who sums what may depend on the number of threads; the order of the sums does
    // not.
    let wanted = tasks.div_ceil(2);
    // Asking rayon for the number of threads starts them, which a small amount of work does not need.
    let wanted = if wanted > 1 { wanted.min(2 * rayon::current_num_threads()) } else { wanted };
    let parts = wanted.div_ceil(chunks.len() * plan.groups);
    let cut = |channels: usize, parts: usize| -> Vec<Range<usize>> {
        pieces(channels, channels.div_ceil(parts.min(channels))).collect()
    };
    let (rows, columns) = if plan.writes > plan.reads {
        (cut(plan.writes, parts), cut(plan.reads, 1))
    } else {
        (cut(plan.writes, 1), cut(plan.reads, parts))
    };
    // The sums of a single chunk need no buffer: they are the result.
    let direct = chunks.len() == 1 && plan.winograd.is_none();
    scratch::with(if direct { 0 } else { chunks.len() * len }, |partial| {
        let sums = if direct { grad_weight.as_mut_ptr() } else { partial.as_mut_ptr() };
        let gradient = WeightGradient {
            prepared,
            input: operands.input,
            activation: operands.activation,
            gradient: operands.gradient,
            sums: PartialSums(sums),
            accumulate: direct && accumulate,
        };
        // Groups that are small together are one task.
        let parts = chunks.len() * rows.len() * columns.len();
        let sets: Vec<Range<usize>> = pieces(plan.groups, together(parts, plan.groups)).collect();
        for_each(parts * sets.len(), plan.macs(), |task| {
            let (part, groups) = (task / sets.len(), sets[task % sets.len()].clone());
            let (chunk, part) = (part / (rows.len() * columns.len()), part % (rows.len() * columns.len()));
            for group in groups {
                gradient.run(&WeightTask {
                    units: &layout.units[chunks[chunk].clone()],
                    group,
                    rows: rows[part / columns.len()].clone(),
                    columns: columns[part % columns.len()].clone(),
                    start: chunk * len,
                });
            }
        });
        match &plan.winograd {
            Some(winograd) => gather_terms(plan, winograd, partial, grad_weight, accumulate),
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

/// Adds the partial sums of terms, chunk after chunk, and transforms them into the gradient of the weights.
fn gather_terms(
    plan: &Plan,
    winograd: &Winograd,
    partial: &[f32],
    grad_weight: &mut [f32],
    accumulate: bool,
) {
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
            transform_filter_transposed(plan, winograd, terms, weights);
        });
    };
    let each = plan.weight_pitch.result;
    if partial.len() < 1 << 14 {
        grad_weight.chunks_exact_mut(each).enumerate().for_each(add);
    } else {
        grad_weight.par_chunks_exact_mut(each).enumerate().for_each(add);
    }
}

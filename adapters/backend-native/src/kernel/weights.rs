//! The weight gradient: for every (output channel, input channel, tap) a sum over samples and positions.
//!
//! Samples are cut into chunks; each chunk has its own partial sums, which are added in order at the end, so that the
//! result does not depend on who computed what. Within a chunk, input channels are cut into ranges that are computed
//! by different tasks.

use super::blocks::{pieces, runs};
use super::dispatch::{Kernels, kernels};
use super::fill::{ahead, fill, fill_each};
use super::filter::POINTS;
use super::layout::{Layout, Unit, Wish};
use super::level::Level;
use super::parallel::{for_each, tasks, together};
use super::plan::Plan;
use super::prepared::Prepared;
use super::row_tiles::{Held, RowTiles};
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

/// Into about this many units a weight gradient is cut.
pub(super) const UNITS: usize = 4;
/// The scratch buffer of one should not exceed this many numbers.
pub(super) const SCRATCH: usize = 192 * 1024;

/// How a weight gradient is cut.
pub(super) fn layout(kernels: &Kernels, plan: &Plan) -> Layout {
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
pub(super) fn weight_sums(
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
    let wanted = tasks.div_ceil(2).min(2 * rayon::current_num_threads());
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

/// Where one of the lists of a plan lies; the only one of a plan without tiles has all taps.
#[derive(Clone, Copy)]
struct Columns {
    /// First of its (input channel, term) pairs.
    first: usize,
    /// Terms per input channel.
    terms: usize,
    /// Its point; 0 without tiles.
    point: usize,
}

impl Pass<'_> {
    /// Sums a part.
    fn run(&self, part: &Part) {
        let (plan, layout) = (self.plan, self.layout);
        let per_channel = layout.per_channel(plan);
        let channels = part.columns.len();
        match &plan.tiles {
            None => {
                let all = [Columns { first: 0, terms: plan.taps.len(), point: 0 }];
                scratch::with_note(channels * per_channel, |window, note| {
                    for (index, unit) in part.units.iter().enumerate() {
                        self.fill(part, unit, (window, note, per_channel));
                        self.sums(part, unit, &all, window, index > 0);
                    }
                });
            }
            Some(tiles) => {
                let mut first = 0;
                let lists: Vec<Columns> = (0..tiles.lists())
                    .map(|list| {
                        let columns = Columns { first, terms: tiles.terms(list), point: tiles.point(list) };
                        first += plan.reads * columns.terms;
                        columns
                    })
                    .collect();
                scratch::with(channels * per_channel, |planes| {
                    for (index, unit) in part.units.iter().enumerate() {
                        match tiles.held {
                            Held::All => self.all_lists(part, unit, tiles, &lists, planes, index > 0),
                            Held::List => self.each_list(part, unit, tiles, &lists, planes, index > 0),
                        }
                    }
                });
            }
        }
    }

    /// The sums over one unit of rows in tiles, all planes of which are held.
    fn all_lists(
        &self,
        part: &Part,
        unit: &Unit,
        tiles: &RowTiles,
        lists: &[Columns],
        planes: &mut [f32],
        more: bool,
    ) {
        let (plan, layout) = (self.plan, self.layout);
        let window = &layout.plane_windows[unit.window];
        let (each, size) = (layout.per_channel(plan), (plan.pitch[2], layout.region));
        scratch::with_note(layout.window_region, |rows, note| {
            fill_each(
                self.kernels,
                &layout.windows[unit.window],
                (unit.sample, plan.source_plane()),
                self.sources(part),
                self.activation,
                (rows, note),
                |channel, rows| {
                    rows[window.zeros..window.reads].fill(0.0);
                    for piece in &tiles.pieces {
                        let to = &mut planes[channel * each..][..each];
                        piece.make(self.kernels, window, (tiles, None), size, (rows, to));
                    }
                },
            );
        });
        self.sums(part, unit, lists, planes, more);
    }

    /// The sums over one unit of rows in tiles, list by list.
    fn each_list(
        &self,
        part: &Part,
        unit: &Unit,
        tiles: &RowTiles,
        lists: &[Columns],
        planes: &mut [f32],
        more: bool,
    ) {
        let (plan, layout) = (self.plan, self.layout);
        let window = &layout.plane_windows[unit.window];
        let (each, size) = (layout.per_channel(plan), (plan.pitch[2], layout.region));
        scratch::with_note(part.columns.len() * layout.window_region, |rows, note| {
            self.fill(part, unit, (rows, note, layout.window_region));
            for rows in rows.chunks_exact_mut(layout.window_region) {
                rows[window.zeros..window.reads].fill(0.0);
            }
            for (list, columns) in lists.iter().enumerate() {
                let channels = rows.chunks_exact(layout.window_region).zip(planes.chunks_exact_mut(each));
                for (rows, to) in channels {
                    for piece in &tiles.pieces {
                        piece.make(self.kernels, window, (tiles, Some(list)), size, (rows, to));
                    }
                }
                self.sums(part, unit, &[*columns], planes, more);
            }
        });
    }

    /// What a part reads.
    fn sources(&self, part: &Part) -> &[Source] {
        let channel = part.group * self.plan.reads;
        &self.input[channel + part.columns.start..channel + part.columns.end]
    }

    /// Copies the input that one unit reads, each channel into `each` numbers.
    fn fill(&self, part: &Part, unit: &Unit, (window, note, each): (&mut [f32], &mut Note, usize)) {
        fill(
            self.kernels,
            &self.layout.windows[unit.window],
            (unit.sample, self.plan.source_plane()),
            self.sources(part),
            self.activation,
            (window, note, each),
        );
    }

    /// The sums over one unit for some lists; added to those of the units before if there are `more`.
    fn sums(&self, part: &Part, unit: &Unit, lists: &[Columns], window: &[f32], more: bool) {
        // An odd number of vectors: channels must not all fall into the same set of the cache.
        let pitch = ((unit.to - unit.from) | 1) * self.kernels.lanes;
        let most = self.kernels.sum_pairs.len();
        scratch::with(lists.len() * most * pitch, |spread| {
            for (row, rows) in pieces(part.rows.len(), most) {
                for index in row..row + rows {
                    self.spread(
                        part,
                        unit,
                        lists,
                        index,
                        (&mut spread[(index - row) * pitch..], most * pitch),
                    );
                }
                for (list, spread) in lists.iter().zip(spread.chunks_exact(most * pitch)) {
                    self.sum(part, unit, *list, (row, rows), (window, spread, pitch), more);
                }
            }
        });
    }

    /// Copies an output channel's gradient of one unit, or its sums over rows, for each list `each` numbers further.
    fn spread(
        &self,
        part: &Part,
        unit: &Unit,
        lists: &[Columns],
        row: usize,
        (to, each): (&mut [f32], usize),
    ) {
        let (plan, kernels) = (self.plan, self.kernels);
        let lanes = &self.layout.lanes[unit.pattern];
        let channel = part.group * plan.writes;
        let gradient = &self.gradient[channel + part.rows.start..channel + part.rows.end];
        let vectors = unit.to - unit.from;
        let mut job = Spread {
            from: gradient[row],
            sample: unit.sample,
            vectors,
            first: lanes.first[unit.from..=unit.to].as_ptr(),
            stores: lanes.stores.as_ptr(),
            ahead: ahead(gradient, row, plan.result_plane()),
            shift: plan.tiles.as_ref().map_or(0, RowTiles::shift),
            to: [std::ptr::null_mut(); POINTS],
        };
        for (index, list) in lists.iter().enumerate() {
            job.to[list.point] = to[index * each..][..vectors * kernels.lanes].as_mut_ptr();
        }
        // SAFETY: the level is available, what is written holds the vectors, and the stores say where the results of
        // existing samples lie, which `sources` has checked against the buffers.
        unsafe { (kernels.spread[usize::from(plan.tiles.is_some())])(&job) }
    }

    /// The sums of some output channels over one unit for one list.
    fn sum(
        &self,
        part: &Part,
        unit: &Unit,
        list: Columns,
        (row, rows): (usize, usize),
        (window, spread, pitch): (&[f32], &[f32], usize),
        more: bool,
    ) {
        let (plan, kernels) = (self.plan, self.kernels);
        let lanes = &self.layout.lanes[unit.pattern];
        let start = self.layout.start(unit);
        let pairs = plan.pairs();
        let channel = part.group * plan.writes + part.rows.start + row;
        let first = part.start + channel * pairs + list.first + part.columns.start * list.terms;
        let most = kernels.sum_pairs[rows - 1];
        runs(part.columns.len() * list.terms, most, |column, size, count| {
            let job = Sum {
                scratch: window.as_ptr().wrapping_sub(start),
                offsets: self.layout.offsets[list.first + column..][..size * count].as_ptr(),
                runs: count,
                vectors: unit.to - unit.from,
                starts: lanes.starts[unit.from..unit.to].as_ptr(),
                masks: lanes.masks[unit.from..unit.to].as_ptr(),
                gradient: spread.as_ptr(),
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

//! The forward pass and the input gradient: reductions over (input channel, tap) pairs, register tile by
//! register tile.

use super::super::micro::{Lists, Sink, Source, Stream, Tile, TileKind};
use super::super::plan::{Activation, Block, Prepared, TileRun, Unit, pieces, tasks, tile_runs, together};
use super::fill::Fill;
use super::filter_transform::transform_filter;
use super::parallel::for_each;
use super::planes::fill_planes;
use super::scratch::{self, Scratch, ZeroedGaps};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// From this many weights of terms on, their transform is worth more than one thread.
const PARALLEL_WEIGHTS: usize = 1 << 13;
/// Short units are joined until a task has about this many vectors.
const TASK: usize = 16;

/// What a correlation reads and writes, one table entry per channel over all groups.
pub(crate) struct Operands<'a> {
    /// What is read.
    pub sources: &'a [Source],
    /// Applied to what is read.
    pub activation: Activation,
    /// The weights of one group after the other.
    pub weight: &'a [f32],
    /// What is written.
    pub sinks: &'a [Sink],
    /// Pre-activations whose derivative the results are multiplied by; empty for none.
    pub pre: &'a [Source],
    /// Slope of that activation.
    pub slope: f32,
}

/// Computes all results of a prepared pass.
pub(crate) fn correlate(prepared: &Prepared, operands: &Operands) {
    let plan = &prepared.plan;
    let Some(winograd) = &plan.winograd else {
        return Correlation { prepared, operands, terms: &[] }.run();
    };
    let each = plan.pairs();
    scratch::with(plan.groups * plan.writes * each, |terms| {
        let transform = |(channel, terms): (usize, &mut [f32])| {
            let (group, channel) = (channel / plan.writes, channel % plan.writes);
            let start = group * plan.group_weights() + channel * plan.weight_pitch.result;
            transform_filter(plan, winograd, &operands.weight[start..], terms);
        };
        if terms.len() < PARALLEL_WEIGHTS {
            terms.chunks_exact_mut(each).enumerate().for_each(transform);
        } else {
            terms.par_chunks_exact_mut(each).enumerate().for_each(transform);
        }
        Correlation { prepared, operands, terms }.run();
    });
}

/// A correlation in progress.
struct Correlation<'a> {
    prepared: &'a Prepared,
    operands: &'a Operands<'a>,
    /// Weights of the terms, if rows are computed in Winograd tiles.
    terms: &'a [f32],
}

/// Result channels to compute: which, and from which scratch buffer.
struct Work<'a> {
    group: usize,
    block: &'a Block,
    scratch: *const f32,
    stream: Option<Stream>,
}

impl Correlation<'_> {
    /// Computes all units.
    fn run(&self) {
        let Prepared { plan, layout, .. } = self.prepared;
        let units = &layout.units;
        if units.is_empty() {
            return;
        }
        // Short units are joined into one task, and so are small groups.
        let longest = units.iter().map(|unit| unit.to - unit.from).max().unwrap_or(1);
        let each = TASK.div_ceil(longest).min(units.len() / tasks(plan.macs())).max(1);
        let tasks: Vec<Range<usize>> = pieces(units.len(), each).collect();
        let together = together(tasks.len(), plan.groups);
        let sets: Vec<Range<usize>> = pieces(plan.groups, together).collect();
        for_each(tasks.len() * sets.len(), plan.macs(), |task| {
            let groups = sets[task % sets.len()].clone();
            let of_task = &tasks[task / sets.len()];
            scratch::with_gaps(plan.reads * layout.per_channel(plan), |scratch| {
                for group in groups {
                    if layout.stream {
                        self.stream(of_task.clone(), group, scratch);
                    } else {
                        for unit in &units[of_task.clone()] {
                            self.unit(unit, group, scratch);
                        }
                    }
                }
            });
        });
    }

    /// What a group reads.
    fn sources(&self, group: usize) -> &[Source] {
        let reads = self.prepared.plan.reads;
        &self.operands.sources[group * reads..(group + 1) * reads]
    }

    /// One unit of one group.
    fn unit(&self, unit: &Unit, group: usize, scratch: &mut Scratch) {
        let Prepared { kernels, plan, layout, blocks, .. } = self.prepared;
        let (sources, activation) = (self.sources(group), self.operands.activation);
        match &plan.winograd {
            None => {
                let window = &layout.windows[unit.window];
                let fill = Fill::new(kernels, plan, window, unit.sample, sources, activation);
                fill.all(scratch, layout.per_channel(plan));
            }
            Some(winograd) => {
                *scratch.gaps = ZeroedGaps::default();
                fill_planes(self.prepared, winograd, unit, sources, activation, scratch.numbers);
            }
        }
        let scratch = scratch.numbers.as_ptr().wrapping_sub(layout.start(unit));
        for strip in strips(unit.to - unit.from, layout.strip) {
            for block in blocks {
                let work = Work { group, block, scratch, stream: None };
                for run in tile_runs(strip.len(), kernels.tile_vectors[block.channels - 1]) {
                    let first = unit.from + strip.start + run.first;
                    self.tiles(unit, &work, TileRun { first, ..run });
                }
            }
        }
    }

    /// Some units of one group, streamed: each strip is read by the first register tiles, which leave it in
    /// the scratch buffer for the others while the next strip is prefetched.
    fn stream(&self, units: Range<usize>, group: usize, scratch: &mut Scratch) {
        let Prepared { kernels, layout, blocks, .. } = self.prepared;
        *scratch.gaps = ZeroedGaps::default();
        let sources = self.sources(group);
        let slope = self.operands.activation.slope();
        let rows = |unit: &Unit, rows: &mut Vec<*const f32>| {
            let start = layout.lanes[unit.pattern].starts[unit.from] as usize;
            rows.clear();
            rows.extend(
                sources
                    .iter()
                    .map(|source| source.at.wrapping_add(unit.sample * source.sample_stride + start)),
            );
        };
        let (mut here, mut next) = (Vec::with_capacity(sources.len()), Vec::with_capacity(sources.len()));
        rows(&layout.units[units.start], &mut here);
        for index in units {
            let unit = &layout.units[index];
            rows(layout.units.get(index + 1).unwrap_or(unit), &mut next);
            let (starts, vectors) = (&layout.lanes[unit.pattern].starts, unit.to - unit.from);
            for strip in strips(vectors, layout.strip) {
                let start = starts[unit.from + strip.start] as usize;
                let scratch = scratch.numbers.as_mut_ptr().wrapping_sub(start);
                let (ahead, later) = if strip.end < vectors { (&here, strip.end) } else { (&next, 0) };
                for block in blocks {
                    for run in tile_runs(strip.len(), kernels.tile_vectors[block.channels - 1]) {
                        let stream = (block.first == 0).then(|| Stream {
                            from: here.as_ptr(),
                            offset: (strip.start + run.first) * kernels.lanes,
                            slope,
                            next: ahead.as_ptr(),
                            next_offset: (later + run.first) * kernels.lanes,
                        });
                        let first = unit.from + strip.start + run.first;
                        let work = Work { group, block, scratch, stream };
                        self.tiles(unit, &work, TileRun { first, ..run });
                    }
                }
            }
            std::mem::swap(&mut here, &mut next);
        }
    }

    /// A run of register tiles, from a vector of the unit's pattern on.
    fn tiles(&self, unit: &Unit, work: &Work, run: TileRun) {
        let Prepared { kernels, plan, layout, weight_offsets, .. } = self.prepared;
        let Work { group, block, scratch, stream } = *work;
        let lanes = &layout.lanes[unit.pattern];
        let channel = group * plan.writes + block.first;
        let (from, to) = (run.first, run.first + run.size * run.count);
        let mut tile = Tile {
            scratch,
            starts: lanes.starts[from..to].as_ptr(),
            runs: run.count,
            offsets: layout.offsets.as_ptr(),
            pairs: layout.offsets.len(),
            weights: std::ptr::null(),
            weight_offsets: weight_offsets.as_ptr(),
            weight_pitch: plan.weight_pitch.result,
            first: lanes.first[from..=to].as_ptr(),
            whole: lanes.whole[from..to].as_ptr(),
            stores: lanes.stores.as_ptr(),
            sample: unit.sample,
            sinks: self.operands.sinks[channel..channel + block.channels].as_ptr(),
            pre: match self.operands.pre {
                [] => std::ptr::null(),
                pre => pre[channel..channel + block.channels].as_ptr(),
            },
            slope: self.operands.slope,
            stream: stream.unwrap_or(Stream::NONE),
            lists: Lists::NONE,
        };
        let mut kind = if stream.is_some() { TileKind::Fill } else { TileKind::Direct };
        match &plan.winograd {
            None => {
                let start = group * plan.group_weights() + block.first * plan.weight_pitch.result;
                tile.weights = self.operands.weight[start..].as_ptr();
            }
            Some(_) => {
                kind = TileKind::Winograd;
                tile.weights = self.terms[channel * tile.pairs..].as_ptr();
                tile.weight_pitch = tile.pairs;
                tile.lists = self.prepared.lists;
            }
        }
        // SAFETY: starts and offsets are the layout's, whose window the scratch buffer holds; the weights of
        // this block lie inside the weight tensor, whose length was checked; the stores of a pattern lie
        // inside a plane, and those of different (unit, group, block, vector) are disjoint; the channel
        // tables have been checked against their buffers for the whole batch. A stream has an address per
        // pair, from which on the unit's vectors, all of them whole, lie in the plane of that channel; the
        // scratch buffer it fills is this task's own.
        unsafe { (kernels.tile)(block.channels, run.size, kind)(&tile) }
    }
}

/// `0..count` in strips of `each`, the last one shorter.
fn strips(count: usize, each: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(each).map(move |from| from..(from + each).min(count))
}

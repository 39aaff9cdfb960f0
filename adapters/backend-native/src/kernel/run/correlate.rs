//! The forward pass and the input gradient: sums over (input channel, tap) pairs, block by block.

use super::super::micro::dispatch::{Kernels, kernels};
use super::super::micro::segment::{Sink, Source};
use super::super::micro::tile::{Kind, Lists, Stream, Tile};
use super::super::plan::blocks::{Block, blocks, pieces, runs};
use super::super::plan::geometry::Plan;
use super::super::plan::layout::{Layout, Unit, Wish};
use super::super::plan::prepared::Prepared;
use super::super::plan::shape::Activation;
use super::super::simd::isa::Level;
use super::fill::fill;
use super::parallel::{for_each, tasks, together};
use super::planes::fill_planes;
use super::scratch::{self, Note};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// This many weights of terms are worth more than one thread.
const PARALLEL_WEIGHTS: usize = 1 << 13;
/// A task should have about this many vectors.
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

/// How a correlation is cut.
pub(crate) fn layout(kernels: &Kernels, plan: &Plan) -> Layout {
    let blocks = blocks(plan.writes, kernels.tile_vectors);
    let vectors = blocks.iter().map(|block| kernels.tile_vectors[block.channels - 1]).min();
    let units = tasks(plan.macs()).div_ceil(plan.groups);
    let wish = Wish {
        vectors: 16,
        most: 96,
        units,
        stack: plan.batch / units,
        stacks: 1,
        multiple: vectors.unwrap_or(1),
        scratch: 128 * 1024,
        stream: true,
    };
    Layout::new(plan, kernels.lanes, &wish)
}

/// Computes all results of a prepared pass.
pub(crate) fn correlate(level: Level, prepared: &Prepared, operands: &Operands) {
    let Some(tiles) = &prepared.plan.tiles else {
        return units(&Pass { kernels: kernels(level), prepared, operands, terms: &[] });
    };
    let plan = &prepared.plan;
    let each = plan.pairs();
    scratch::with(plan.groups * plan.writes * each, |terms| {
        let weigh = |(channel, terms): (usize, &mut [f32])| {
            let start = channel / plan.writes * plan.writes * tiles.rows.pairs()
                + channel % plan.writes * plan.weight_pitch.0;
            tiles.weigh(plan.weight_pitch.1, &operands.weight[start..], terms);
        };
        if terms.len() < PARALLEL_WEIGHTS {
            terms.chunks_exact_mut(each).enumerate().for_each(weigh);
        } else {
            terms.par_chunks_exact_mut(each).enumerate().for_each(weigh);
        }
        units(&Pass { kernels: kernels(level), prepared, operands, terms });
    });
}

/// Computes all units.
fn units(pass: &Pass) {
    let Prepared { plan, layout, .. } = pass.prepared;
    let units = &layout.units;
    if units.is_empty() {
        return;
    }
    // Units that are short are one task, and so are groups that are small together.
    let longest = units.iter().map(|unit| unit.to - unit.from).max().unwrap_or(1);
    let each = TASK.div_ceil(longest).min(units.len() / tasks(plan.macs())).max(1);
    let tasks: Vec<(usize, usize)> = pieces(units.len(), each).collect();
    let together = together(tasks.len(), plan.groups);
    let sets: Vec<(usize, usize)> = pieces(plan.groups, together).collect();
    for_each(tasks.len() * sets.len(), plan.macs(), |task| {
        let (first, count) = sets[task % sets.len()];
        let (from, len) = tasks[task / sets.len()];
        scratch::with_note(plan.reads * layout.per_channel(plan), |scratch, note| {
            for group in first..first + count {
                if layout.stream {
                    pass.stream((from, len), group, (scratch, note));
                } else {
                    for unit in &units[from..from + len] {
                        pass.run(unit, group, (scratch, note));
                    }
                }
            }
        });
    });
}

/// A correlation in progress.
struct Pass<'a> {
    kernels: &'a Kernels,
    prepared: &'a Prepared,
    operands: &'a Operands<'a>,
    /// Weights of the terms, if rows are computed in tiles.
    terms: &'a [f32],
}

/// Some register blocks: of which channels, reading which scratch buffer.
struct Work<'a> {
    group: usize,
    block: &'a Block,
    scratch: *const f32,
    stream: Option<Stream>,
}

impl Pass<'_> {
    /// What a group reads.
    fn sources(&self, group: usize) -> &[Source] {
        let reads = self.prepared.plan.reads;
        &self.operands.sources[group * reads..(group + 1) * reads]
    }

    /// One unit of one group.
    fn run(&self, unit: &Unit, group: usize, (scratch, note): (&mut [f32], &mut Note)) {
        let Prepared { plan, layout, blocks, .. } = self.prepared;
        let window = &layout.windows[unit.window];
        let (from, each) = ((unit.sample, plan.source_plane()), layout.per_channel(plan));
        let (sources, activation) = (self.sources(group), self.operands.activation);
        match &plan.tiles {
            None => fill(self.kernels, window, from, sources, activation, (scratch, note, each)),
            Some(tiles) => {
                *note = Note::default();
                fill_planes(self.kernels, (plan, tiles, layout), unit, sources, activation, scratch);
            }
        }
        let scratch = scratch.as_ptr().wrapping_sub(layout.start(unit));
        let vectors = unit.to - unit.from;
        for (from, strip) in strips(vectors, layout.strip) {
            for block in blocks {
                let most = self.kernels.tile_vectors[block.channels - 1];
                runs(strip, most, |at, size, runs| {
                    let work = Work { group, block, scratch, stream: None };
                    self.tiles(unit, &work, (unit.from + from + at, size, runs));
                });
            }
        }
    }

    /// `len` units of one group from unit `first` on, streamed: each strip is read by the first register block, which
    /// leaves it in the scratch buffer for the others while the next strip is fetched.
    fn stream(&self, (first, len): (usize, usize), group: usize, (scratch, note): (&mut [f32], &mut Note)) {
        let Prepared { layout, blocks, .. } = self.prepared;
        *note = Note::default();
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
        rows(&layout.units[first], &mut here);
        for index in first..first + len {
            let unit = &layout.units[index];
            rows(layout.units.get(index + 1).unwrap_or(unit), &mut next);
            let (starts, vectors) = (&layout.lanes[unit.pattern].starts, unit.to - unit.from);
            for (from, strip) in strips(vectors, layout.strip) {
                let scratch = scratch.as_mut_ptr().wrapping_sub(starts[unit.from + from] as usize);
                let end = from + strip;
                let (ahead, later) = if end < vectors { (&here, end) } else { (&next, 0) };
                for block in blocks {
                    let most = self.kernels.tile_vectors[block.channels - 1];
                    runs(strip, most, |at, size, runs| {
                        let stream = (block.first == 0).then(|| Stream {
                            from: here.as_ptr(),
                            offset: (from + at) * self.kernels.lanes,
                            slope,
                            next: ahead.as_ptr(),
                            next_offset: (later + at) * self.kernels.lanes,
                        });
                        let work = Work { group, block, scratch, stream };
                        self.tiles(unit, &work, (unit.from + from + at, size, runs));
                    });
                }
            }
            std::mem::swap(&mut here, &mut next);
        }
    }

    /// `count` register blocks of `size` vectors each, from vector `from` of the unit's pattern on.
    fn tiles(&self, unit: &Unit, work: &Work, (from, size, count): (usize, usize, usize)) {
        let Prepared { plan, layout, weight_offsets, .. } = self.prepared;
        let Work { group, block, scratch, stream } = *work;
        let lanes = &layout.lanes[unit.pattern];
        let channel = group * plan.writes + block.first;
        let to = from + size * count;
        let mut tile = Tile {
            scratch,
            starts: lanes.starts[from..to].as_ptr(),
            runs: count,
            offsets: layout.offsets.as_ptr(),
            pairs: layout.offsets.len(),
            weights: std::ptr::null(),
            weight_offsets: weight_offsets.as_ptr(),
            weight_pitch: plan.weight_pitch.0,
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
        let mut kind = if stream.is_some() { Kind::Fill } else { Kind::Plain };
        match &plan.tiles {
            None => {
                let start = group * plan.writes * plan.pairs() + block.first * plan.weight_pitch.0;
                tile.weights = self.operands.weight[start..].as_ptr();
            }
            Some(_) => {
                kind = Kind::Rows;
                tile.weights = self.terms[channel * tile.pairs..].as_ptr();
                tile.weight_pitch = tile.pairs;
                tile.lists = self.prepared.lists;
            }
        }
        // SAFETY: the level is available. Starts and offsets are the layout's, whose window the scratch buffer holds;
        // the weights of this block lie inside the weight tensor, whose length was checked; the stores of a pattern
        // lie inside a plane, and those of different (unit, group, block, vector) are disjoint; the channel tables
        // have been checked against their buffers for the whole batch. A stream has an address per pair, from which
        // on the unit's vectors, all of them whole, lie in the plane of that channel; the scratch buffer it fills is
        // this task's own.
        unsafe { (self.kernels.tile)(block.channels, size, kind)(&tile) }
    }
}

/// `count` in pieces of `each`, the last one smaller: (start, length).
fn strips(count: usize, each: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).step_by(each).map(move |from| (from, each.min(count - from)))
}

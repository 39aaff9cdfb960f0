//! The forward pass and the input gradient: sums over (input channel, tap) pairs, block by block.

use super::blocks::{Block, blocks, pieces, runs};
use super::dispatch::{Kernels, kernels};
use super::fill::fill;
use super::layout::{Layout, Unit, Wish};
use super::level::Level;
use super::parallel::{for_each, tasks, together};
use super::plan::Plan;
use super::prepared::Prepared;
use super::scratch::{self, Note};
use super::segment::{Sink, Source};
use super::shape::Activation;
use super::tile::Tile;

/// Packed weights up to this many numbers stay in the first-level cache while positions go by.
const SMALL_WEIGHTS: usize = 6 * 1024;
/// A strip of the scratch buffer that should stay there with them.
const STRIP: usize = 6 * 1024;

/// What a correlation reads and writes, one table entry per channel over all groups.
pub(super) struct Operands<'a> {
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
pub(super) fn layout(kernels: &Kernels, plan: &Plan) -> Layout {
    let blocks = blocks(plan.writes, kernels.tile_vectors);
    let vectors = blocks.iter().map(|block| kernels.tile_vectors[block.channels - 1]).min();
    let wish = Wish {
        vectors: 16,
        most: 96,
        units: tasks(plan.macs()).div_ceil(plan.groups),
        multiple: vectors.unwrap_or(1),
        scratch: 128 * 1024,
    };
    Layout::new(plan, kernels.lanes, &wish)
}

/// Computes all results of a prepared pass.
pub(super) fn correlate(level: Level, prepared: &Prepared, operands: &Operands) {
    let Prepared { plan, layout, .. } = prepared;
    let pass = Pass { kernels: kernels(level), prepared, operands };
    // Groups that are small together are one task.
    let together = together(layout.units.len(), plan.groups);
    let sets: Vec<(usize, usize)> = pieces(plan.groups, together).collect();
    for_each(layout.units.len() * sets.len(), plan.macs(), |task| {
        let (first, count) = sets[task % sets.len()];
        let unit = &layout.units[task / sets.len()];
        scratch::with_note(plan.reads * layout.per_channel(plan), |scratch, note| {
            for group in first..first + count {
                pass.run(unit, group, (scratch, note));
            }
        });
    });
}

/// A correlation in progress.
struct Pass<'a> {
    kernels: &'a Kernels,
    prepared: &'a Prepared,
    operands: &'a Operands<'a>,
}

impl Pass<'_> {
    /// One unit of one group.
    fn run(&self, unit: &Unit, group: usize, (scratch, note): (&mut [f32], &mut Note)) {
        let Prepared { plan, layout, blocks, .. } = self.prepared;
        let window = &layout.windows[unit.window];
        fill(
            self.kernels,
            window,
            (unit.sample, plan.source_plane()),
            &self.operands.sources[group * plan.reads..(group + 1) * plan.reads],
            self.operands.activation,
            (scratch, note, layout.per_channel(plan)),
        );
        let scratch = scratch.as_ptr().wrapping_sub(window.start);
        let vectors = unit.to - unit.from;
        // Small weights stay in the first-level cache while strips of positions go by, each for all channels; else a
        // block's weights do while all positions go by.
        let strip = if plan.writes * plan.pairs() <= SMALL_WEIGHTS {
            let widest = self.kernels.tile_vectors[blocks.first().map_or(1, |b| b.channels) - 1];
            let fit = STRIP / (plan.reads * plan.phases * self.kernels.lanes);
            (fit / widest * widest).max(widest)
        } else {
            vectors
        };
        for (from, strip) in pieces(vectors, strip) {
            for block in blocks {
                let most = self.kernels.tile_vectors[block.channels - 1];
                runs(strip, most, |at, size, runs| {
                    let from = unit.from + from + at;
                    self.tiles(unit, (group, block), scratch, (from, size, runs));
                });
            }
        }
    }

    /// `count` register blocks of `size` vectors each.
    fn tiles(
        &self,
        unit: &Unit,
        (group, block): (usize, &Block),
        scratch: *const f32,
        (from, size, count): (usize, usize, usize),
    ) {
        let Prepared { plan, layout, weight_offsets, .. } = self.prepared;
        let lanes = &layout.lanes[unit.pattern];
        let channel = group * plan.writes + block.first;
        let to = from + size * count;
        let weights = group * plan.writes * plan.pairs() + block.first * plan.weight_pitch.0;
        let tile = Tile {
            scratch,
            starts: lanes.starts[from..to].as_ptr(),
            runs: count,
            offsets: layout.offsets.as_ptr(),
            pairs: layout.offsets.len(),
            weights: self.operands.weight[weights..].as_ptr(),
            weight_offsets: weight_offsets.as_ptr(),
            weight_pitch: plan.weight_pitch.0,
            first: lanes.first[from..=to].as_ptr(),
            straight: lanes.straight[from..to].as_ptr(),
            stores: lanes.stores.as_ptr(),
            sample: unit.sample,
            sinks: self.operands.sinks[channel..channel + block.channels].as_ptr(),
            pre: match self.operands.pre {
                [] => std::ptr::null(),
                pre => pre[channel..channel + block.channels].as_ptr(),
            },
            slope: self.operands.slope,
        };
        // SAFETY: the level is available. Starts and offsets are the layout's, whose window the scratch buffer holds;
        // the weights of this block lie inside the weight tensor, whose length was checked; the stores of a pattern
        // lie inside a plane, and those of different (unit, group, block, vector) are disjoint; the channel tables
        // have been checked against their buffers for the whole batch.
        unsafe { (self.kernels.tile)(block.channels, size)(&tile) }
    }
}

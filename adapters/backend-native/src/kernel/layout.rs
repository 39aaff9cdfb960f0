//! How a correlation is cut into units of work, and where channels and taps lie in a unit's scratch buffer.
//!
//! The cut depends on the shape and the level only, never on the number of threads.

use super::copies::Window;
use super::lanes::Lanes;
use super::plan::Plan;

/// Packed weights up to this many numbers stay in the first-level cache while positions go by.
const SMALL_WEIGHTS: usize = 6 * 1024;
/// A strip of the scratch buffer that should stay there with them.
const STRIP: usize = 6 * 1024;
/// The same of a unit that is streamed, where the weights are large and where they are small.
const STREAM: [usize; 2] = [24 * 1024, 12 * 1024];
/// Planes of fewer vectors are not worth streaming one by one.
const STREAM_PLANE: usize = 4;

/// A piece of work: some vectors of a stack of samples. It copies the window of the input that they read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// First sample of the stack.
    pub sample: usize,
    /// Samples in the stack.
    pub samples: usize,
    /// Index into [`Layout::lanes`].
    pub pattern: usize,
    /// Index into [`Layout::windows`].
    pub window: usize,
    /// First vector.
    pub from: usize,
    /// End of the vectors.
    pub to: usize,
    /// Whether they are first rows of pairs.
    pub pair: bool,
}

/// What the cut should look like.
pub(super) struct Wish {
    /// Stack samples until a unit has this many vectors.
    pub vectors: usize,
    /// Cut samples that have more vectors than this.
    pub most: usize,
    /// Have about this many units, where the batch and the plane allow it.
    pub units: usize,
    /// Vectors per tile should be a multiple of this.
    pub multiple: usize,
    /// A unit's scratch buffer should not exceed this many numbers.
    pub scratch: usize,
    /// Whether what is read may be streamed.
    pub stream: bool,
}

/// The cut of a correlation.
pub(super) struct Layout {
    /// Vectors of a full stack, and of the last one where that is smaller.
    pub lanes: Vec<Lanes>,
    /// The units, in order.
    pub units: Vec<Unit>,
    /// The windows that units read.
    pub windows: Vec<Window>,
    /// Whether units are streamed: the scratch buffer holds only a strip of a unit at a time, which the first register
    /// block fills with what it reads itself. For planes that are read as they lie in memory, in whole vectors.
    pub stream: bool,
    /// How many vectors of a unit to compute for all channels before the next ones.
    pub strip: usize,
    /// Numbers per sub-plane in the scratch buffer.
    pub region: usize,
    /// Per (input channel, tap): distance from a start to what is read, in the scratch buffer.
    pub offsets: Vec<u32>,
    /// The same for the terms of rows in pairs.
    pub pair_offsets: Vec<u32>,
}

impl Layout {
    /// Cuts `plan` for vectors of `width` lanes.
    pub(super) fn new(plan: &Plan, width: usize, wish: &Wish) -> Layout {
        let mut cut = Cut { plan, width, wish, lanes: Vec::new(), units: Vec::new(), extents: Vec::new() };
        match &plan.row_pairs {
            Some(pairs) => {
                cut.rows(&pairs.firsts, pairs.step);
                cut.rows(&pairs.rest, 0);
            }
            None => cut.rows(&(0..plan.axes[1].results).collect::<Vec<_>>(), 0),
        }
        let stream = cut.stream();
        let Cut { lanes, units, extents, .. } = cut;
        // Small weights stay in the first-level cache while strips of positions go by, each for all channels; else a
        // block's weights do while all positions go by, or as many as are streamed at once.
        let most = units.iter().map(|unit| unit.to - unit.from).max().unwrap_or(1);
        let small = plan.writes * plan.pairs() <= SMALL_WEIGHTS;
        let strip = if stream || small {
            let fit = if stream { STREAM[usize::from(small)] } else { STRIP };
            let fit = fit / (plan.reads * plan.phases * width);
            (fit / wish.multiple * wish.multiple).max(wish.multiple).min(most)
        } else {
            most
        };
        let longest = extents.iter().map(|extent| extent.1.1).max().unwrap_or(0);
        // An odd number of cache lines: channels must not all fall into the same set of the cache.
        let longest = if stream { strip * width } else { longest };
        let region = (longest.div_ceil(16) | 1) * 16;
        let windows =
            extents.iter().map(|&(samples, extent)| Window::new(plan, samples, extent, region)).collect();
        let mut offsets = Vec::with_capacity(plan.pairs());
        for channel in 0..plan.reads {
            for &(phase, distance) in &plan.taps {
                offsets.push(((channel * plan.phases + phase) * region + distance) as u32);
            }
        }
        let pair_offsets = plan.row_pairs.as_ref().map(|pairs| pairs.offsets(plan.reads, region));
        let pair_offsets = pair_offsets.unwrap_or_default();
        Layout { lanes, units, windows, stream, strip, region, offsets, pair_offsets }
    }

    /// Numbers per input channel in the scratch buffer.
    pub(super) fn per_channel(&self, plan: &Plan) -> usize {
        plan.phases * self.region
    }
}

/// A layout in the making.
struct Cut<'a> {
    plan: &'a Plan,
    width: usize,
    wish: &'a Wish,
    lanes: Vec<Lanes>,
    units: Vec<Unit>,
    /// Per window: samples, and the part of the long row.
    extents: Vec<(usize, (usize, usize))>,
}

impl Cut<'_> {
    /// Whether units are streamed.
    fn stream(&self) -> bool {
        let vectors = self.plan.source_plane() / self.width;
        self.wish.stream && vectors >= STREAM_PLANE && self.plan.is_single(self.width)
    }

    /// Cuts some rows into units; first rows of pairs if the second ones lie a `step` further, which is 0 otherwise.
    fn rows(&mut self, rows: &[usize], step: usize) {
        let Cut { plan, width, wish, .. } = *self;
        let one = Lanes::new(plan, plan.interleave, width, rows);
        let vectors = one.len().div_ceil(plan.interleave).max(1);
        let per_sample = (plan.reads * plan.phases * plan.pitch[0] / plan.interleave).max(1);
        let stack = (if self.stream() { 1 } else { wish.vectors })
            .div_ceil(vectors)
            .min(wish.scratch / per_sample)
            .min(plan.batch / wish.units)
            .max(1)
            .next_multiple_of(plan.interleave);
        // Stacks of equal size.
        let stack = plan
            .batch
            .div_ceil(plan.batch.div_ceil(stack).max(1))
            .next_multiple_of(plan.interleave)
            .min(plan.batch)
            .max(1);
        let (pattern, window, first) = (self.lanes.len(), self.extents.len(), self.units.len());
        let pair = step > 0;
        if stack == 1 && plan.interleave == 1 {
            let tile = tile_len(plan, width, wish, vectors);
            for sample in 0..plan.batch {
                for (index, from) in (0..one.len()).step_by(tile).enumerate() {
                    let to = (from + tile).min(one.len());
                    self.units.push(Unit {
                        sample,
                        samples: 1,
                        pattern,
                        window: window + index,
                        from,
                        to,
                        pair,
                    });
                }
            }
            self.lanes.push(one);
        } else {
            self.lanes.push(Lanes::new(plan, stack, width, rows));
            let rest = plan.batch % stack;
            if rest > 0 {
                self.lanes.push(Lanes::new(plan, rest, width, rows));
            }
            for sample in (0..plan.batch).step_by(stack) {
                let samples = stack.min(plan.batch - sample);
                let index = usize::from(samples < stack);
                let (pattern, window, to) =
                    (pattern + index, window + index, self.lanes[pattern + index].len());
                self.units.push(Unit { sample, samples, pattern, window, from: 0, to, pair });
            }
        }
        self.units.retain(|unit| unit.from < unit.to);
        for unit in &self.units[first..] {
            if unit.window == self.extents.len() {
                let (start, len) = extent(plan, &self.lanes[unit.pattern], unit, width);
                self.extents.push((unit.samples, (start, len + step)));
            }
        }
    }
}

/// The part of the long row that a unit reads: (start, length).
fn extent(plan: &Plan, lanes: &Lanes, unit: &Unit, width: usize) -> (usize, usize) {
    let first = lanes.starts[unit.from] as usize;
    let last = lanes.starts[unit.to - 1] as usize;
    let len = last - first + width + plan.reach();
    if plan.interleave == 1 {
        (first, len)
    } else {
        // Interleaved rows are copied whole.
        let groups = unit.samples.div_ceil(plan.interleave);
        (0, (first + len).max(groups * plan.pitch[0]))
    }
}

/// Vectors per tile of one sample.
fn tile_len(plan: &Plan, width: usize, wish: &Wish, vectors: usize) -> usize {
    let per_vector = plan.reads * plan.phases * width;
    let fits = wish.scratch.saturating_sub(plan.reads * plan.phases * plan.reach()) / per_vector.max(1);
    let for_units = vectors.div_ceil(wish.units.div_ceil(plan.batch.max(1)));
    // A tile also copies what its last vectors reach. A copy costs about three cycles, a multiply-add half a cycle:
    // keep those copies below a tenth of the work.
    let per_copy = (plan.writes * plan.taps.len()).max(1);
    let worth = (plan.reach() * 60).div_ceil(per_copy * width);
    let tile = wish.most.min(fits.max(8)).min(for_units.max(worth)).max(1);
    // As many tiles as that takes, of equal size up to the multiple.
    let tiles = vectors.div_ceil(tile);
    vectors.div_ceil(tiles).next_multiple_of(wish.multiple)
}

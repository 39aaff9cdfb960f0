//! How a correlation is cut into units of work, and where channels and taps lie in a unit's scratch buffer.
//!
//! The cut depends on the shape and the instruction set only, never on the number of threads.

use super::super::micro::MicroKernels;
use super::blocks::blocks;
use super::copies::SourceWindow;
use super::correlation::Plan;
use super::lanes::Lanes;
use super::plane_window::PlaneWindow;
use super::tasks::tasks;
use std::ops::Range;

/// Weights of a group up to this many numbers stay in the L1 cache while positions go by.
const SMALL_WEIGHTS: usize = 6 * 1024;
/// A strip of the scratch buffer that should stay there with them.
const STRIP: usize = 6 * 1024;
/// The same of a unit that is streamed: where the weights are large, and where they are small.
const STREAM: [usize; 2] = [24 * 1024, 12 * 1024];
/// Planes of fewer vectors are not worth streaming one by one.
const STREAM_PLANE: usize = 4;

/// A piece of work: some vectors of a stack of samples. It copies the window of the input that they read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
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
}

/// What the cut should look like.
pub(crate) struct TilingGoals {
    /// Stack samples until a unit has this many vectors.
    pub vectors: usize,
    /// Cut samples that have more vectors than this into several units.
    pub most: usize,
    /// Have about this many units, where the batch and the plane allow it.
    pub units: usize,
    /// Do not stack more samples than this.
    pub stack: usize,
    /// The number of stacks should be a multiple of this.
    pub stacks: usize,
    /// Vectors per unit should be a multiple of this.
    pub multiple: usize,
    /// A unit's scratch buffer, its working set, should not exceed this many numbers.
    pub scratch: usize,
    /// Whether what is read may be streamed.
    pub stream: bool,
}

/// The cut of a correlation.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Vectors of a full stack, and of the last one where that is smaller.
    pub lanes: Vec<Lanes>,
    /// The units, in order.
    pub units: Vec<Unit>,
    /// The windows of the source that units read.
    pub windows: Vec<SourceWindow>,
    /// Numbers per channel in such a window's buffer.
    pub window_region: usize,
    /// The windows of planes that are made of those, if rows are computed in Winograd tiles.
    pub plane_windows: Vec<PlaneWindow>,
    /// Whether units are streamed: the scratch buffer holds only a strip of a unit at a time, which the first
    /// register tile fills with what it reads itself. For planes that are read as they lie in memory, in
    /// whole vectors.
    pub stream: bool,
    /// How many vectors of a unit to compute for all channels before the next ones.
    pub strip: usize,
    /// Numbers per sub-plane in the scratch buffer.
    pub region: usize,
    /// Per (input channel, tap): distance from a start to what is read, in the scratch buffer. Of Winograd
    /// tiles: per list, input channel and term.
    pub offsets: Vec<u32>,
}

/// Samples that are stacked, and the part of their long row that a unit reads.
struct Extent {
    samples: usize,
    positions: Range<usize>,
}

impl Layout {
    /// How the forward pass or an input gradient is cut.
    pub(crate) fn of_results(kernels: &MicroKernels, plan: &Plan) -> Layout {
        let blocks = blocks(plan.writes, kernels.tile_vectors);
        let vectors = blocks.iter().map(|block| kernels.tile_vectors[block.channels - 1]).min();
        let units = tasks(plan.macs()).div_ceil(plan.groups);
        let goals = TilingGoals {
            vectors: 16,
            most: 96,
            units,
            stack: plan.batch / units,
            stacks: 1,
            multiple: vectors.unwrap_or(1),
            scratch: 128 * 1024,
            stream: true,
        };
        Layout::new(plan, kernels.lanes, &goals)
    }

    /// Cuts `plan` for vectors of `width` lanes.
    pub(super) fn new(plan: &Plan, width: usize, goals: &TilingGoals) -> Layout {
        let mut cut = Cut { plan, width, goals, lanes: Vec::new(), units: Vec::new(), extents: Vec::new() };
        cut.units();
        let stream = cut.stream();
        let Cut { lanes, units, extents, .. } = cut;
        let sum = &plan.sum;
        // Small weights stay in the L1 cache while strips of positions go by, each for all channels; else a
        // block's weights do while all positions go by, or as many as are streamed at once.
        let most = units.iter().map(|unit| unit.to - unit.from).max().unwrap_or(1);
        let small = plan.writes * plan.pairs() <= SMALL_WEIGHTS;
        let strip = if stream || small {
            let fit = if stream { STREAM[usize::from(small)] } else { STRIP };
            let fit = fit / (plan.reads * sum.phases * width);
            (fit / goals.multiple * goals.multiple).max(goals.multiple).min(most)
        } else {
            most
        };
        let plane_windows: Vec<PlaneWindow> = plan
            .winograd
            .iter()
            .flat_map(|winograd| {
                let window = |Extent { samples, positions }: &Extent| {
                    PlaneWindow::new(plan, winograd, *samples, positions, width)
                };
                extents.iter().map(window)
            })
            .collect();
        // What is read of the source: for Winograd tiles, what their planes are made of.
        let source = |(index, extent): (usize, &Extent)| match plane_windows.get(index) {
            Some(planes) => planes.source.clone(),
            None => extent.positions.clone(),
        };
        let sources: Vec<Range<usize>> = extents.iter().enumerate().map(source).collect();
        let longest = sources.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        let longest = if stream { strip * width } else { longest };
        // An odd number of cache lines: channels must not all fall into the same set of the cache.
        let odd_lines = |len: usize| (len.div_ceil(16) | 1) * 16;
        let (region, window_region) = match &plan.winograd {
            None => (odd_lines(longest), odd_lines(longest)),
            Some(_) => {
                // Whole vectors are read and written, also at the end of rows, and a row of zeros may be
                // needed.
                let row = sum.pitch[2];
                let most = plane_windows.iter().map(|window| window.count * row).max().unwrap_or(0);
                (odd_lines(most + width), odd_lines(longest + row + 2 * width))
            }
        };
        let windows = extents
            .iter()
            .zip(&sources)
            .map(|(extent, source)| SourceWindow::new(&plan.read, extent.samples, source, window_region))
            .collect();
        let offsets = match &plan.winograd {
            Some(winograd) => winograd.offsets(region),
            None => (0..plan.reads)
                .flat_map(|channel| sum.taps.iter().map(move |tap| (channel * sum.phases + tap.phase, tap)))
                .map(|(sub_plane, tap)| (sub_plane * region + tap.distance) as u32)
                .collect(),
        };
        Layout { lanes, units, windows, window_region, plane_windows, stream, strip, region, offsets }
    }

    /// Where in the long row the scratch buffer of a unit starts.
    pub(crate) fn start(&self, unit: &Unit) -> usize {
        match self.plane_windows.get(unit.window) {
            Some(planes) => planes.start,
            None => self.windows[unit.window].start,
        }
    }

    /// Numbers per input channel in the scratch buffer.
    pub(crate) fn per_channel(&self, plan: &Plan) -> usize {
        plan.sum.phases * self.region
    }
}

/// A layout in the making.
struct Cut<'a> {
    plan: &'a Plan,
    width: usize,
    goals: &'a TilingGoals,
    lanes: Vec<Lanes>,
    units: Vec<Unit>,
    /// Per window.
    extents: Vec<Extent>,
}

impl Cut<'_> {
    /// Whether units are streamed.
    fn stream(&self) -> bool {
        let sum = &self.plan.sum;
        let vectors = sum.source_plane() / self.width;
        self.goals.stream && vectors >= STREAM_PLANE && sum.is_single(self.width)
    }

    /// Cuts all results into units.
    fn units(&mut self) {
        let Cut { plan, width, goals, .. } = *self;
        let (sum, interleave) = (&plan.sum, plan.sum.interleave);
        let one = Lanes::new(sum, interleave, width);
        let vectors = one.len().div_ceil(interleave).max(1);
        let per_sample = (plan.reads * sum.phases * sum.pitch[0] / interleave).max(1);
        let stack = (if self.stream() { 1 } else { goals.vectors })
            .div_ceil(vectors)
            .min(goals.scratch / per_sample)
            .min(goals.stack)
            .max(1)
            .next_multiple_of(interleave);
        if stack == 1 && interleave == 1 {
            let each = unit_len(plan, width, goals, vectors);
            for sample in 0..plan.batch {
                for (window, from) in (0..one.len()).step_by(each).enumerate() {
                    let to = (from + each).min(one.len());
                    self.units.push(Unit { sample, samples: 1, pattern: 0, window, from, to });
                }
            }
            self.lanes.push(one);
        } else {
            // Stacks of nearly equal size: interleaved samples are not parted.
            let groups = plan.batch.div_ceil(interleave);
            let stacks = plan.batch.div_ceil(stack).next_multiple_of(goals.stacks).min(groups);
            let start = |index: usize| (groups * index / stacks * interleave).min(plan.batch);
            let mut sizes: Vec<usize> = Vec::new();
            for index in 0..stacks {
                let (sample, samples) = (start(index), start(index + 1) - start(index));
                let pattern = sizes.iter().position(|&size| size == samples).unwrap_or_else(|| {
                    sizes.push(samples);
                    self.lanes.push(Lanes::new(sum, samples, width));
                    sizes.len() - 1
                });
                let to = self.lanes[pattern].len();
                self.units.push(Unit { sample, samples, pattern, window: pattern, from: 0, to });
            }
        }
        self.units.retain(|unit| unit.from < unit.to);
        for unit in &self.units {
            if unit.window == self.extents.len() {
                let positions = extent(plan, &self.lanes[unit.pattern], unit, width);
                self.extents.push(Extent { samples: unit.samples, positions });
            }
        }
    }
}

/// The part of the long row that a unit reads.
fn extent(plan: &Plan, lanes: &Lanes, unit: &Unit, width: usize) -> Range<usize> {
    let sum = &plan.sum;
    let first = lanes.starts[unit.from] as usize;
    let end = lanes.starts[unit.to - 1] as usize + width + sum.reach();
    if sum.interleave == 1 {
        first..end
    } else {
        // Interleaved rows are copied whole.
        let groups = unit.samples.div_ceil(sum.interleave);
        0..end.max(groups * sum.pitch[0])
    }
}

/// Vectors per unit, where a sample with its `vectors` is cut into several.
fn unit_len(plan: &Plan, width: usize, goals: &TilingGoals, vectors: usize) -> usize {
    let sum = &plan.sum;
    let per_vector = plan.reads * sum.phases * width;
    let fits = goals.scratch.saturating_sub(plan.reads * sum.phases * sum.reach()) / per_vector.max(1);
    let for_units = vectors.div_ceil(goals.units.div_ceil(plan.batch.max(1)));
    // A unit also copies what its last vectors reach. A copy costs about three cycles, a multiply-add half a
    // cycle: keep those copies below a tenth of the work.
    let per_copy = (plan.writes * sum.taps.len()).max(1);
    let worth = (sum.reach() * 60).div_ceil(per_copy * width);
    let most = goals.most.min(fits.max(8)).min(for_units.max(worth)).max(1);
    // As many units as that takes, of equal size up to the multiple.
    let units = vectors.div_ceil(most);
    vectors.div_ceil(units).next_multiple_of(goals.multiple)
}

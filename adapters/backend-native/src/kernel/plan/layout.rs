//! How a correlation is cut into units of work, and where channels and taps lie in a unit's scratch buffer.
//!
//! The cut depends on the shape and the level only, never on the number of threads.

use super::super::run::planes::PlaneWindow;
use super::copies::Window;
use super::geometry::Plan;
use super::lanes::Lanes;

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
pub(crate) struct Wish {
    /// Stack samples until a unit has this many vectors.
    pub vectors: usize,
    /// Cut samples that have more vectors than this.
    pub most: usize,
    /// Have about this many units, where the batch and the plane allow it.
    pub units: usize,
    /// Do not stack more samples than this.
    pub stack: usize,
    /// The number of stacks should be a multiple of this.
    pub stacks: usize,
    /// Vectors per tile should be a multiple of this.
    pub multiple: usize,
    /// A unit's scratch buffer should not exceed this many numbers.
    pub scratch: usize,
    /// Whether what is read may be streamed.
    pub stream: bool,
}

/// The cut of a correlation.
pub(crate) struct Layout {
    /// Vectors of a full stack, and of the last one where that is smaller.
    pub lanes: Vec<Lanes>,
    /// The units, in order.
    pub units: Vec<Unit>,
    /// The windows of the source that units read.
    pub windows: Vec<Window>,
    /// Numbers per channel in such a window's buffer.
    pub window_region: usize,
    /// The windows of planes that are made of those, if rows are computed in tiles.
    pub plane_windows: Vec<PlaneWindow>,
    /// Whether units are streamed: the scratch buffer holds only a strip of a unit at a time, which the first register
    /// block fills with what it reads itself. For planes that are read as they lie in memory, in whole vectors.
    pub stream: bool,
    /// How many vectors of a unit to compute for all channels before the next ones.
    pub strip: usize,
    /// Numbers per sub-plane in the scratch buffer.
    pub region: usize,
    /// Per (input channel, tap): distance from a start to what is read, in the scratch buffer. Of rows in tiles: per list,
    /// input channel and term.
    pub offsets: Vec<u32>,
}

impl Layout {
    /// Cuts `plan` for vectors of `width` lanes.
    pub(crate) fn new(plan: &Plan, width: usize, wish: &Wish) -> Layout {
        let mut cut = Cut { plan, width, wish, lanes: Vec::new(), units: Vec::new(), extents: Vec::new() };
        cut.units();
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
        let odd_lines = |len: usize| (len.div_ceil(16) | 1) * 16;
        let mut plane_windows = Vec::new();
        let windows: Vec<(usize, (usize, usize))> = match &plan.tiles {
            None => extents,
            Some(tiles) => extents
                .into_iter()
                .map(|(samples, extent)| {
                    let (made, extent) = PlaneWindow::new(plan, tiles, samples, extent, width);
                    plane_windows.push(made);
                    (samples, extent)
                })
                .collect(),
        };
        let longest = windows.iter().map(|(_, (_, len))| *len).max().unwrap_or(0);
        let longest = if stream { strip * width } else { longest };
        // An odd number of cache lines: channels must not all fall into the same set of the cache.
        let (region, window_region) = match &plan.tiles {
            None => (odd_lines(longest), odd_lines(longest)),
            Some(_) => {
                // Whole vectors are read and written, also at the end of rows, and a row of zeros may be needed.
                let row = plan.pitch[2];
                let most =
                    plane_windows.iter().map(|window: &PlaneWindow| window.count * row).max().unwrap_or(0);
                (odd_lines(most + width), odd_lines(longest + row + 2 * width))
            }
        };
        let read = plan.tiles.as_ref().map_or(plan, |tiles| &tiles.rows);
        let windows = windows
            .iter()
            .map(|&(samples, extent)| Window::new(read, samples, extent, window_region))
            .collect();
        let offsets = match &plan.tiles {
            Some(tiles) => tiles.offsets(plan.reads, plan.phases, region),
            None => (0..plan.reads)
                .flat_map(|channel| plan.taps.iter().map(move |tap| (channel, tap)))
                .map(|(channel, (phase, distance))| {
                    ((channel * plan.phases + phase) * region + distance) as u32
                })
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

    /// Cuts all results into units.
    fn units(&mut self) {
        let Cut { plan, width, wish, .. } = *self;
        let one = Lanes::new(plan, plan.interleave, width);
        let vectors = one.len().div_ceil(plan.interleave).max(1);
        let per_sample = (plan.reads * plan.phases * plan.pitch[0] / plan.interleave).max(1);
        let stack = (if self.stream() { 1 } else { wish.vectors })
            .div_ceil(vectors)
            .min(wish.scratch / per_sample)
            .min(wish.stack)
            .max(1)
            .next_multiple_of(plan.interleave);
        if stack == 1 && plan.interleave == 1 {
            let tile = tile_len(plan, width, wish, vectors);
            for sample in 0..plan.batch {
                for (window, from) in (0..one.len()).step_by(tile).enumerate() {
                    let to = (from + tile).min(one.len());
                    self.units.push(Unit { sample, samples: 1, pattern: 0, window, from, to });
                }
            }
            self.lanes.push(one);
        } else {
            // Stacks of nearly equal size: interleaved samples are not parted.
            let groups = plan.batch.div_ceil(plan.interleave);
            let stacks = plan.batch.div_ceil(stack).next_multiple_of(wish.stacks).min(groups);
            let start = |index: usize| (groups * index / stacks * plan.interleave).min(plan.batch);
            let mut sizes: Vec<usize> = Vec::new();
            for index in 0..stacks {
                let (sample, samples) = (start(index), start(index + 1) - start(index));
                let pattern = sizes.iter().position(|&size| size == samples).unwrap_or_else(|| {
                    sizes.push(samples);
                    self.lanes.push(Lanes::new(plan, samples, width));
                    sizes.len() - 1
                });
                let to = self.lanes[pattern].len();
                self.units.push(Unit { sample, samples, pattern, window: pattern, from: 0, to });
            }
        }
        self.units.retain(|unit| unit.from < unit.to);
        for unit in &self.units {
            if unit.window == self.extents.len() {
                let extent = extent(plan, &self.lanes[unit.pattern], unit, width);
                self.extents.push((unit.samples, extent));
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

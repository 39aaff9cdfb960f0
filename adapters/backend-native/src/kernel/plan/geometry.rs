//! The geometry of a convolution: how a padded sample is laid out in one long row of numbers.
//!
//! A channel is copied into a zero-padded plane whose rows follow each other (`Axis::pitch` apart), samples of a stack
//! likewise. Output (s, d, h, w) belongs to the position `s · pitch₀ + d · pitch₁ + h · pitch₂ + w` of that long row,
//! and every tap reads at a fixed distance from it, so that a vector of outputs may run over the end of a row: the
//! lanes between two rows are computed and thrown away. The zeros right of a row are those left of the next.
//!
//! Planes much narrower than a vector are interleaved: number `i` of a row stands there for several samples in turn, so
//! that a row fills whole vectors. All distances are then that many times larger.
//!
//! With a stride, coordinates are split by remainder (one sub-plane for each remainder that some tap reads), after
//! which taps read at fixed distances again.

use super::lanes::Lanes;
use super::shape::ConvShape;
use super::winograd::RowTiles;

/// One axis: how results, taps and source coordinates relate.
///
/// Result `o` and tap `t` read the padded coordinate `o · stride + reads[t]`; source coordinate `i` lies at the padded
/// coordinate `i · spread + low`.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Source extent.
    pub source: usize,
    /// Result extent.
    pub results: usize,
    /// Step of the results.
    pub stride: usize,
    /// Step of the source: above 1 with zeros between (input gradient of a strided convolution).
    pub spread: usize,
    /// Padding at the low end; negative where the source is cropped.
    pub low: isize,
    /// Padded coordinate that each tap of result 0 reads.
    pub reads: Vec<usize>,
    /// The remainders modulo the stride that occur in `reads`.
    pub phases: Vec<usize>,
    /// Distance, in steps, between neighbours of the next slower axis.
    pub pitch: usize,
}

impl Axis {
    fn new(
        source: usize,
        results: usize,
        (stride, spread): (usize, usize),
        low: isize,
        reads: Vec<usize>,
    ) -> Axis {
        let mut phases: Vec<usize> = reads.iter().map(|read| read % stride).collect();
        phases.sort_unstable();
        phases.dedup();
        let reach = reads.iter().max().copied().unwrap_or(0) / stride;
        let extent = results.saturating_sub(1) + reach + 1;
        // Zeros that every phase has at the low end, and the end of what is not zero.
        let zeros = low.max(0) as usize / stride;
        let last = source.saturating_sub(1) as isize * spread as isize + low;
        let filled = if last < 0 { 0 } else { last as usize / stride + 1 };
        let pitch = extent.saturating_sub(zeros).max(filled).min(extent).max(results);
        Axis { source, results, stride, spread, low, reads, phases, pitch }
    }

    /// Where source coordinate `i` lies: (index into `phases`, step), if any tap reads it.
    pub(crate) fn place(&self, i: usize) -> Option<(usize, usize)> {
        let padded = usize::try_from(i as isize * self.spread as isize + self.low).ok()?;
        let step = padded / self.stride;
        let phase = self.phases.iter().position(|&phase| phase == padded % self.stride)?;
        (step < self.pitch).then_some((phase, step))
    }

    /// Whether source coordinates lie one step apart.
    pub(crate) fn is_contiguous(&self) -> bool {
        self.stride == 1 && self.spread == 1
    }
}

/// A correlation to compute, whichever pass it is.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Number of samples.
    pub batch: usize,
    /// Number of groups.
    pub groups: usize,
    /// Source channels per group.
    pub reads: usize,
    /// Result channels per group.
    pub writes: usize,
    /// Depth, height, width.
    pub axes: [Axis; 3],
    /// How many samples are interleaved: position `p` of sample `s` is at `p · interleave + s % interleave`.
    pub interleave: usize,
    /// Distances in the long row between (groups of interleaved) samples, depths and rows.
    pub pitch: [usize; 3],
    /// Per tap: (sub-plane, distance).
    pub taps: Vec<(usize, usize)>,
    /// Number of sub-planes per channel.
    pub phases: usize,
    /// How rows are computed in tiles, if they are: distances and taps are then those of planes and terms.
    pub tiles: Option<RowTiles>,
    /// Distances in the weights between result channels, and between source channels of a group; taps are neighbours.
    pub weight_pitch: (usize, usize),
}

impl Plan {
    /// The plan of the forward pass (and of the weight gradient, which reads the input in the same way), for vectors of
    /// `width` lanes.
    pub(crate) fn forward(shape: &ConvShape, width: usize) -> Plan {
        let shape = flatten(shape);
        let output = shape.output();
        let axes = std::array::from_fn(|a| {
            Axis::new(
                shape.input[a],
                output[a],
                (shape.stride[a], 1),
                shape.padding[a] as isize,
                (0..shape.kernel[a]).map(|tap| tap * shape.dilation[a]).collect(),
            )
        });
        let channels = (shape.c_in / shape.groups, shape.c_out / shape.groups);
        let taps = shape.kernel.iter().product::<usize>();
        let pitch = (channels.0 * taps, taps);
        Plan::new(&shape, channels, axes, pitch).interleaved(width)
    }

    /// The plan of the input gradient: the output gradient, with zeros between for a stride, correlated with the
    /// flipped kernel. Taps are numbered as in the weights.
    pub(crate) fn input_gradient(shape: &ConvShape, width: usize) -> Plan {
        let shape = flatten(shape);
        let output = shape.output();
        let axes = std::array::from_fn(|a| {
            let reach = (shape.kernel[a] - 1) * shape.dilation[a];
            Axis::new(
                output[a],
                shape.input[a],
                (1, shape.stride[a]),
                reach as isize - shape.padding[a] as isize,
                (0..shape.kernel[a]).map(|tap| reach - tap * shape.dilation[a]).collect(),
            )
        });
        let channels = (shape.c_out / shape.groups, shape.c_in / shape.groups);
        let taps = shape.kernel.iter().product::<usize>();
        let pitch = (taps, channels.1 * taps);
        Plan::new(&shape, channels, axes, pitch).interleaved(width)
    }

    fn new(
        shape: &ConvShape,
        (reads, writes): (usize, usize),
        axes: [Axis; 3],
        weight_pitch: (usize, usize),
    ) -> Plan {
        let [depth, height, width] = &axes;
        let row = width.pitch;
        let plane = row * height.pitch;
        let sample = plane * depth.pitch;
        let mut taps = Vec::with_capacity(shape.kernel.iter().product());
        for &d in &depth.reads {
            for &h in &height.reads {
                for &w in &width.reads {
                    let phase = (phase_of(depth, d) * height.phases.len() + phase_of(height, h))
                        * width.phases.len()
                        + phase_of(width, w);
                    let distance = d / depth.stride * plane + h / height.stride * row + w / width.stride;
                    taps.push((phase, distance));
                }
            }
        }
        Plan {
            batch: shape.batch,
            groups: shape.groups,
            reads,
            writes,
            phases: depth.phases.len() * height.phases.len() * width.phases.len(),
            interleave: 1,
            tiles: None,
            weight_pitch,
            pitch: [sample, plane, row],
            taps,
            axes,
        }
    }

    /// Interleaves samples where that takes clearly fewer vectors of `width` lanes.
    fn interleaved(self, width: usize) -> Plan {
        let row = self.axes[2].results;
        // The fewest samples with which a row fills vectors; each vector is then stored in as many pieces.
        let count = (1..=width).find(|count| (row * count).is_multiple_of(width));
        let count = count.unwrap_or(1);
        if count == 1 || count > self.batch || (count > 4 && row > 2) {
            return self;
        }
        let mut other = self.clone();
        other.interleave = count;
        other.pitch = self.pitch.map(|pitch| pitch * count);
        for tap in &mut other.taps {
            tap.1 *= count;
        }
        let vectors = |plan: &Plan| Lanes::new(plan, self.batch.min(2 * width), width).len();
        if vectors(&other) * 12 <= vectors(&self) * 11 { other } else { self }
    }

    /// The (first) row of results of each row of the long row, and how many belong to it.
    pub(crate) fn row_starts(&self) -> Vec<(usize, usize)> {
        match &self.tiles {
            Some(tiles) => tiles.firsts.iter().map(|&first| (first, tiles.results_from(first))).collect(),
            None => (0..self.axes[1].results).map(|row| (row, 1)).collect(),
        }
    }

    /// Whether the source planes themselves are the long row: nothing between them, no stride, as they lie in memory.
    pub(crate) fn is_plain(&self) -> bool {
        let plain = |axis: &Axis| axis.is_contiguous() && axis.low == 0 && axis.pitch == axis.source;
        self.interleave == 1 && self.axes.iter().all(plain)
    }

    /// Whether every result reads one number of each source plane, in whole vectors of `width` lanes that lie as in
    /// memory.
    pub(crate) fn is_single(&self, width: usize) -> bool {
        self.taps.len() == 1 && self.is_plain() && self.source_plane().is_multiple_of(width)
    }

    /// Numbers in a source plane.
    pub(crate) fn source_plane(&self) -> usize {
        self.axes.iter().map(|axis| axis.source).product()
    }

    /// Numbers in a result plane.
    pub(crate) fn result_plane(&self) -> usize {
        self.axes.iter().map(|axis| axis.results).product()
    }

    /// (Input channel, tap) pairs that one result sums over; (input channel, term) pairs of a tile.
    pub(crate) fn pairs(&self) -> usize {
        self.reads * self.taps.len()
    }

    /// The farthest that a tap reads.
    pub(crate) fn reach(&self) -> usize {
        self.taps.iter().map(|tap| tap.1).max().unwrap_or(0)
    }

    /// Multiply-accumulates of the whole correlation, as it is defined.
    pub(crate) fn macs(&self) -> usize {
        if let Some(tiles) = &self.tiles {
            return tiles.rows.macs();
        }
        self.batch * self.groups * self.writes * self.pairs() * self.result_plane()
    }
}

/// Which sub-plane along one axis a tap reads.
fn phase_of(axis: &Axis, read: usize) -> usize {
    axis.phases.iter().position(|&phase| phase == read % axis.stride).unwrap_or(0)
}

/// A 1×1×1 convolution without stride and padding does not care where rows end: one long row.
fn flatten(shape: &ConvShape) -> ConvShape {
    let mut shape = shape.clone();
    if shape.kernel == [1; 3] && shape.stride == [1; 3] && shape.padding == [0; 3] {
        shape.input = [1, 1, shape.input.iter().product()];
    }
    shape
}

//! The geometry of a correlation: how a padded sample is laid out in one long row of numbers.
//!
//! A channel is copied into a zero-padded plane whose rows follow each other (`Axis::pitch` apart), samples
//! of a stack likewise. Output (s, d, h, w) belongs to the position `s · pitch₀ + d · pitch₁ + h · pitch₂ +
//! w` of that long row, and every tap reads at a fixed distance from it, so that a vector of outputs may run
//! over the end of a row: the lanes between two rows are computed and not stored. The zeros right of a row
//! are those left of the next.
//!
//! Planes much narrower than a vector are interleaved: number `i` of a row stands there for several samples
//! in turn, so that a row fills whole vectors. All distances are then that many times larger.
//!
//! With a stride, coordinates are split by remainder (one sub-plane for each remainder that some tap reads),
//! after which taps read at fixed distances again.

/// What an axis is laid out from; the fields are those of [`Axis`].
pub(crate) struct AxisExtent {
    pub source: usize,
    pub results: usize,
    pub stride: usize,
    pub source_dilation: usize,
    pub low: isize,
    pub reads: Vec<usize>,
}

/// One axis: how results, taps and source coordinates relate.
///
/// Result `o` and tap `t` read the padded coordinate `o · stride + reads[t]`; source coordinate `i` lies at
/// the padded coordinate `i · source_dilation + low`.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Source extent.
    pub source: usize,
    /// Result extent.
    pub results: usize,
    /// Step of the results.
    pub stride: usize,
    /// Step of the source: above 1 with zeros between (input gradient of a strided convolution).
    pub source_dilation: usize,
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
    /// Lays an axis out, so that every tap finds what it reads.
    pub(crate) fn new(axis: AxisExtent) -> Axis {
        let AxisExtent { source, results, stride, source_dilation, low, reads } = axis;
        let mut phases: Vec<usize> = reads.iter().map(|read| read % stride).collect();
        phases.sort_unstable();
        phases.dedup();
        let reach = reads.iter().max().copied().unwrap_or(0) / stride;
        let extent = results.saturating_sub(1) + reach + 1;
        // Zeros that every phase has at the low end, and the end of what is not zero.
        let zeros = low.max(0) as usize / stride;
        let last = source.saturating_sub(1) as isize * source_dilation as isize + low;
        let filled = if last < 0 { 0 } else { last as usize / stride + 1 };
        let pitch = extent.saturating_sub(zeros).max(filled).min(extent).max(results);
        Axis { source, results, stride, source_dilation, low, reads, phases, pitch }
    }

    /// Where source coordinate `i` lies: (index into `phases`, step), if any tap reads it.
    pub(crate) fn place(&self, i: usize) -> Option<(usize, usize)> {
        let padded = usize::try_from(i as isize * self.source_dilation as isize + self.low).ok()?;
        let step = padded / self.stride;
        let phase = self.phases.iter().position(|&phase| phase == padded % self.stride)?;
        (step < self.pitch).then_some((phase, step))
    }

    /// Whether source coordinates lie one step apart.
    pub(crate) fn is_contiguous(&self) -> bool {
        self.stride == 1 && self.source_dilation == 1
    }

    /// Which sub-plane a tap reads that reads the padded coordinate `read`.
    fn phase_of(&self, read: usize) -> usize {
        self.phases.iter().position(|&phase| phase == read % self.stride).unwrap_or(0)
    }
}

/// What a tap reads, seen from a result's position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tap {
    /// In which sub-plane.
    pub phase: usize,
    /// At which distance.
    pub distance: usize,
}

/// The rows of results that belong to one row of the long row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResultRows {
    /// The first.
    pub first: usize,
    /// How many; more than one only for Winograd tiles.
    pub count: usize,
}

/// How the samples, channels and taps of a correlation lie in the long row.
#[derive(Clone, Debug)]
pub(crate) struct Geometry {
    /// Depth, height, width.
    pub axes: [Axis; 3],
    /// How many samples are interleaved: position `p` of sample `s` is at `p · interleave + s % interleave`.
    pub interleave: usize,
    /// Distances in the long row between (groups of interleaved) samples, depths and rows.
    pub pitch: [usize; 3],
    /// What each tap reads.
    pub taps: Vec<Tap>,
    /// Number of sub-planes per channel.
    pub phases: usize,
    /// For each row of a depth, the rows of results.
    pub rows: Vec<ResultRows>,
}

impl Geometry {
    /// One row of results after the other, samples one by one.
    pub(crate) fn new(axes: [Axis; 3]) -> Geometry {
        let [depth, height, width] = &axes;
        let row = width.pitch;
        let plane = row * height.pitch;
        let sample = plane * depth.pitch;
        let mut taps = Vec::with_capacity(axes.iter().map(|axis| axis.reads.len()).product());
        for &d in &depth.reads {
            for &h in &height.reads {
                for &w in &width.reads {
                    let phase = (depth.phase_of(d) * height.phases.len() + height.phase_of(h))
                        * width.phases.len()
                        + width.phase_of(w);
                    let distance = d / depth.stride * plane + h / height.stride * row + w / width.stride;
                    taps.push(Tap { phase, distance });
                }
            }
        }
        Geometry {
            phases: depth.phases.len() * height.phases.len() * width.phases.len(),
            interleave: 1,
            pitch: [sample, plane, row],
            taps,
            rows: (0..height.results).map(|first| ResultRows { first, count: 1 }).collect(),
            axes,
        }
    }

    /// The same with `count` samples interleaved.
    pub(crate) fn interleaved(&self, count: usize) -> Geometry {
        let mut other = self.clone();
        other.interleave = count;
        other.pitch = self.pitch.map(|pitch| pitch * count);
        for tap in &mut other.taps {
            tap.distance *= count;
        }
        other
    }

    /// Whether the source planes themselves are the long row: nothing between them, no stride, as they lie in
    /// memory.
    pub(crate) fn is_plain(&self) -> bool {
        let plain = |axis: &Axis| axis.is_contiguous() && axis.low == 0 && axis.pitch == axis.source;
        self.interleave == 1 && self.axes.iter().all(plain)
    }

    /// Whether every result reads one number of each source plane, in whole vectors of `width` lanes that lie
    /// as in memory.
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

    /// The farthest that a tap reads.
    pub(crate) fn reach(&self) -> usize {
        self.taps.iter().map(|tap| tap.distance).max().unwrap_or(0)
    }

    /// Multiply-accumulates for a sample, a source channel and a result channel.
    pub(crate) fn macs(&self) -> usize {
        self.taps.len() * self.result_plane()
    }
}

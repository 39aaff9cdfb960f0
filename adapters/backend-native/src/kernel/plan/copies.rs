//! Which rows of a source plane go where in a window of the long row: worked out once per shape, the same for
//! every channel.

use super::geometry::Geometry;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// A window of the long row of a stack of samples, as what is read is copied into it.
#[derive(Debug)]
pub(crate) struct SourceWindow {
    /// A number that no other window of the process has, and which is not 0.
    pub number: u64,
    /// First position.
    pub start: usize,
    /// Number of positions; at most the layout's region.
    pub len: usize,
    /// How many samples are interleaved.
    pub interleave: usize,
    /// What is copied there.
    pub copies: Vec<CopyStep>,
    /// Whether positions stay that no copy writes, which must be zero.
    pub gaps: bool,
}

/// Rows to copy for every channel. Distances are in numbers, from the start of the sample's plane and from
/// the start of the channel's part of the scratch buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsCopy {
    /// The (first) sample, within the stack.
    pub sample: usize,
    /// Where the first row starts in the plane.
    pub from: usize,
    /// Distance between rows there.
    pub from_pitch: usize,
    /// Where the first row goes.
    pub to: usize,
    /// Distance between rows there.
    pub to_pitch: usize,
    /// Numbers of a row of one sample.
    pub len: usize,
    /// How many rows.
    pub rows: usize,
}

/// Something to copy for every channel.
#[derive(Debug)]
pub(crate) enum CopyStep {
    /// Rows of one sample of the stack.
    Rows(RowsCopy),
    /// The whole planes of all samples of the stack.
    Planes { samples: usize, to_pitch: usize },
    /// Rows of `samples` samples, interleaved.
    Interleave { samples: usize, rows: RowsCopy },
    /// Single numbers of one sample: (from, to).
    Scatter { sample: usize, places: Vec<(u32, u32)> },
}

/// One depth of a sample, or of some that are interleaved.
struct Depth {
    /// The (first) sample, within the stack.
    sample: usize,
    /// How many samples.
    samples: usize,
    /// Which depth of the source plane.
    depth: usize,
    /// Position of its first row in the long row.
    base: usize,
    /// Where its sub-plane starts in the channel's part of the scratch buffer.
    phase: usize,
}

impl SourceWindow {
    /// The window of the positions `extent`, for a stack of `samples`, with `region` numbers per sub-plane.
    pub(crate) fn new(read: &Geometry, samples: usize, extent: &Range<usize>, region: usize) -> SourceWindow {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut window = SourceWindow {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            start: extent.start,
            len: extent.len(),
            interleave: read.interleave,
            copies: Vec::new(),
            gaps: true,
        };
        if read.is_plain() {
            window.gaps = false;
            if window.start == 0 && window.len >= samples * read.pitch[0] {
                window.copies.push(CopyStep::Planes { samples, to_pitch: read.pitch[0] });
                return window;
            }
        }
        let rows = read.axes[1..].iter().all(|axis| axis.is_contiguous());
        for sample in 0..samples {
            let base = sample / read.interleave * read.pitch[0] + sample % read.interleave;
            if !rows {
                window.scatter(read, sample, base, region);
            } else if sample.is_multiple_of(read.interleave) {
                for depth in 0..read.axes[0].source {
                    if let Some((phase, step)) = read.axes[0].place(depth) {
                        let together = read.interleave.min(samples - sample);
                        let base = base + step * read.pitch[1];
                        let phase = phase * region;
                        window.rows(read, &Depth { sample, samples: together, depth, base, phase });
                    }
                }
            }
        }
        window
    }

    /// The rows of one depth, when neither height nor width has a stride.
    fn rows(&mut self, read: &Geometry, of: &Depth) {
        let [_, height, width] = &read.axes;
        let every = read.interleave;
        let to_pitch = read.pitch[2];
        let kept_rows = kept(height.source, height.low, height.pitch);
        let kept_columns = kept(width.source, width.low, width.pitch);
        if kept_rows.is_empty() || kept_columns.is_empty() {
            return;
        }
        let (len, rows) = (kept_columns.len(), kept_rows.len());
        let first = of.base + first_step(height.low) * to_pitch + first_step(width.low) * every;
        let from_pitch = width.source;
        let from = (of.depth * height.source + kept_rows.start) * from_pitch + kept_columns.start;
        let copy = RowsCopy { sample: of.sample, from, from_pitch, to: 0, to_pitch, len, rows };
        if every > 1 {
            // The layout copies interleaved stacks whole.
            let rows = RowsCopy { to: of.phase + first - self.start, ..copy };
            self.copies.push(CopyStep::Interleave { samples: of.samples, rows });
            return;
        }
        let (start, end) = (self.start, self.start + self.len);
        let whole = first >= start && first + (rows - 1) * to_pitch + len <= end;
        let step = if whole { rows } else { 1 };
        for row in (0..rows).step_by(step) {
            let at = first + row * to_pitch;
            let (begin, stop) = (at.max(start), (at + len).min(end));
            if begin < stop {
                self.copies.push(CopyStep::Rows(RowsCopy {
                    from: from + row * from_pitch + (begin - at),
                    to: of.phase + begin - start,
                    len: stop - begin,
                    rows: step,
                    ..copy
                }));
            }
        }
    }

    /// All numbers of one sample, one by one; `base` is the position of its first.
    fn scatter(&mut self, read: &Geometry, sample: usize, base: usize, region: usize) {
        let [depth, height, width] = &read.axes;
        let columns: Vec<_> = (0..width.source).map(|w| width.place(w)).collect();
        let mut places = Vec::new();
        for d in 0..depth.source {
            let Some((d_phase, d_step)) = depth.place(d) else {
                continue;
            };
            for h in 0..height.source {
                let Some((h_phase, h_step)) = height.place(h) else {
                    continue;
                };
                let base = base + d_step * read.pitch[1] + h_step * read.pitch[2];
                let phase = (d_phase * height.phases.len() + h_phase) * width.phases.len();
                for (w, column) in columns.iter().enumerate() {
                    let Some((w_phase, w_step)) = *column else {
                        continue;
                    };
                    let at = base + w_step * read.interleave;
                    if at >= self.start && at < self.start + self.len {
                        let from = (d * height.source + h) * width.source + w;
                        let to = (phase + w_phase) * region + at - self.start;
                        places.push((from as u32, to as u32));
                    }
                }
            }
        }
        self.copies.push(CopyStep::Scatter { sample, places });
    }
}

/// The source coordinates that are kept along an axis without stride.
fn kept(source: usize, low: isize, pitch: usize) -> Range<usize> {
    let from = (-low).max(0) as usize;
    from..(pitch as isize - low).clamp(0, source as isize) as usize
}

/// The step of the first of them.
fn first_step(low: isize) -> usize {
    low.max(0) as usize
}

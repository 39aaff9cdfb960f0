//! Which rows of a source plane go where in a window of the long row: worked out once per shape, the same for every
//! channel.

use super::geometry::Plan;
use std::sync::atomic::{AtomicU64, Ordering};

/// A window of the long row of a stack of samples.
pub(crate) struct Window {
    /// A number that no other window has, and which is not 0.
    pub number: u64,
    /// First position.
    pub start: usize,
    /// Number of positions; at most the layout's region.
    pub len: usize,
    /// How many samples are interleaved.
    pub interleave: usize,
    /// What is copied there.
    pub copies: Vec<Copy>,
    /// Whether positions stay that no copy writes, which must be zero.
    pub gaps: bool,
}

/// Something to copy for every channel. Distances are in numbers, from the start of the (first) sample's plane and from
/// the start of the channel's part of the scratch buffer.
pub(crate) enum Copy {
    /// `rows` rows of `len` numbers of one sample of the stack.
    Rows {
        sample: usize,
        from: usize,
        from_pitch: usize,
        to: usize,
        to_pitch: usize,
        len: usize,
        rows: usize,
    },
    /// The whole planes of all samples of the stack.
    Planes { samples: usize, to_pitch: usize },
    /// As `Rows`, of `samples` samples interleaved.
    Mix {
        sample: usize,
        samples: usize,
        from: usize,
        from_pitch: usize,
        to: usize,
        to_pitch: usize,
        len: usize,
        rows: usize,
    },
    /// Single numbers of one sample: (from, to).
    Scatter { sample: usize, places: Vec<(u32, u32)> },
}

impl Window {
    /// The window of `len` positions from `start`, for a stack of `samples`, with `region` numbers per sub-plane.
    pub(crate) fn new(plan: &Plan, samples: usize, (start, len): (usize, usize), region: usize) -> Window {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut window = Window {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            start,
            len,
            interleave: plan.interleave,
            copies: Vec::new(),
            gaps: true,
        };
        if plan.is_plain() {
            window.gaps = false;
            if start == 0 && len >= samples * plan.pitch[0] {
                window.copies.push(Copy::Planes { samples, to_pitch: plan.pitch[0] });
                return window;
            }
        }
        let rows = plan.axes[1..].iter().all(|axis| axis.is_contiguous());
        for sample in 0..samples {
            let base = sample / plan.interleave * plan.pitch[0] + sample % plan.interleave;
            if !rows {
                window.scatter(plan, sample, base, region);
            } else if sample.is_multiple_of(plan.interleave) {
                for d in 0..plan.axes[0].source {
                    if let Some((phase, step)) = plan.axes[0].place(d) {
                        let together = plan.interleave.min(samples - sample);
                        let base = base + step * plan.pitch[1];
                        window.rows(plan, (sample, together), d, base, phase * region);
                    }
                }
            }
        }
        window
    }

    /// The rows of one depth, when neither height nor width has a stride; `base` is the position of its first row.
    fn rows(&mut self, plan: &Plan, (sample, samples): (usize, usize), d: usize, base: usize, region: usize) {
        let [_, height, width] = &plan.axes;
        let every = plan.interleave;
        let to_pitch = plan.pitch[2];
        let (h_from, h_to, h_step) = range(height.source, height.low, height.pitch);
        let (w_from, w_to, w_step) = range(width.source, width.low, width.pitch);
        if h_from >= h_to || w_from >= w_to {
            return;
        }
        let (len, rows) = (w_to - w_from, h_to - h_from);
        let first = base + h_step * to_pitch + w_step * every;
        let from_pitch = width.source;
        let from = (d * height.source + h_from) * from_pitch + w_from;
        if every > 1 {
            // The layout copies interleaved stacks whole.
            self.copies.push(Copy::Mix {
                sample,
                samples,
                from,
                from_pitch,
                to: region + first - self.start,
                to_pitch,
                len,
                rows,
            });
            return;
        }
        let (start, end) = (self.start, self.start + self.len);
        let whole = first >= start && first + (rows - 1) * to_pitch + len <= end;
        let step = if whole { rows } else { 1 };
        for row in (0..rows).step_by(step) {
            let at = first + row * to_pitch;
            let (begin, stop) = (at.max(start), (at + len).min(end));
            if begin < stop {
                self.copies.push(Copy::Rows {
                    sample,
                    from: from + row * from_pitch + (begin - at),
                    from_pitch,
                    to: region + begin - start,
                    to_pitch,
                    len: stop - begin,
                    rows: step,
                });
            }
        }
    }

    /// All numbers of one sample, one by one.
    fn scatter(&mut self, plan: &Plan, sample: usize, base: usize, region: usize) {
        let [depth, height, width] = &plan.axes;
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
                let base = base + d_step * plan.pitch[1] + h_step * plan.pitch[2];
                let phase = (d_phase * height.phases.len() + h_phase) * width.phases.len();
                for (w, column) in columns.iter().enumerate() {
                    let Some((w_phase, w_step)) = *column else {
                        continue;
                    };
                    let at = base + w_step * plan.interleave;
                    if at >= self.start && at < self.start + self.len {
                        let from = (d * height.source + h) * width.source + w;
                        let to = (phase + w_phase) * region + at - self.start;
                        places.push((from as u32, to as u32));
                    }
                }
            }
        }
        self.copies.push(Copy::Scatter { sample, places });
    }
}

/// Along an axis without stride: the source coordinates that are kept, and the step of the first.
fn range(source: usize, low: isize, pitch: usize) -> (usize, usize, usize) {
    let from = (-low).max(0) as usize;
    let to = (pitch as isize - low).clamp(0, source as isize) as usize;
    (from, to, low.max(0) as usize)
}

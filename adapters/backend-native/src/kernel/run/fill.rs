//! Copies a window of the input into the zero-padded scratch buffer, applying the activation on the way.

use super::super::micro::{CopyRows, Interleave, MicroKernels, Source};
use super::super::plan::{Activation, CopyStep, Plan, RowsCopy, SourceWindow};
use super::scratch::{Scratch, ZeroedGaps};

/// The prefetch distance: while something is copied, what lies at least this many numbers later is
/// prefetched.
const PREFETCH_DISTANCE: usize = 3072;

/// How much further than the channel with that index lies the one to prefetch while it is copied; planes have
/// `plane` numbers.
pub(crate) fn prefetch_distance(channels: &[Source], index: usize, plane: usize) -> isize {
    let later = channels.get(index + PREFETCH_DISTANCE.div_ceil(plane.max(1)).max(3));
    later.map_or(0, |later| later.distance(&channels[index]))
}

/// What a unit reads of the source.
pub(crate) struct Fill<'a> {
    /// The micro-kernels.
    kernels: &'a MicroKernels,
    /// What is copied of each channel.
    window: &'a SourceWindow,
    /// The first sample of the stack.
    sample: usize,
    /// Numbers in a plane.
    plane: usize,
    /// The channels.
    channels: &'a [Source],
    /// Applied to what is read.
    activation: Activation,
}

impl<'a> Fill<'a> {
    /// The `window` of the stack that starts with `sample`, of some channels.
    pub(crate) fn new(
        kernels: &'a MicroKernels,
        plan: &Plan,
        window: &'a SourceWindow,
        sample: usize,
        channels: &'a [Source],
        activation: Activation,
    ) -> Fill<'a> {
        Fill { kernels, window, sample, plane: plan.read.source_plane(), channels, activation }
    }

    /// Copies the channels one after another, each into `each` numbers.
    pub(crate) fn all(&self, scratch: &mut Scratch, each: usize) {
        let Scratch { numbers, gaps } = scratch;
        // Where the same window was copied before, what lies between the copies is still zero.
        let clean = if gaps.window == self.window.number { gaps.channels } else { 0 };
        **gaps = ZeroedGaps { window: self.window.number, channels: clean.max(self.channels.len()) };
        for (index, scratch) in numbers.chunks_exact_mut(each).enumerate().take(self.channels.len()) {
            if self.window.gaps && index >= clean {
                scratch.fill(0.0);
            }
            self.copy(index, scratch);
        }
    }

    /// As [`Fill::all`], one after another into the same buffer, and calls `visit` with each channel's index.
    pub(crate) fn each(&self, scratch: &mut Scratch, mut visit: impl FnMut(usize, &mut [f32])) {
        let Scratch { numbers, gaps } = scratch;
        if self.window.gaps && gaps.window != self.window.number {
            numbers.fill(0.0);
        }
        **gaps = ZeroedGaps { window: self.window.number, channels: 1 };
        for index in 0..self.channels.len() {
            self.copy(index, numbers);
            visit(index, numbers);
        }
    }

    /// Copies a channel.
    fn copy(&self, index: usize, scratch: &mut [f32]) {
        let (kernels, plane, channel) = (self.kernels, self.plane, &self.channels[index]);
        let prefetch_distance = prefetch_distance(self.channels, index, plane);
        let slope = self.activation.slope();
        // SAFETY: the samples of the stack exist, and `sources` has checked that their planes of this channel
        // lie inside the buffer.
        let at = |sample: usize| unsafe { channel.at.add((self.sample + sample) * channel.sample_stride) };
        for copy in &self.window.copies {
            match *copy {
                CopyStep::Rows(RowsCopy { sample, from, from_pitch, to, to_pitch, len, rows }) => {
                    debug_assert!(from + (rows - 1) * from_pitch + len <= plane);
                    assert!(to + (rows - 1) * to_pitch + len <= scratch.len());
                    // SAFETY: `from` lies inside the plane; then all rows lie inside the plane and (asserted)
                    // inside the scratch buffer.
                    unsafe {
                        (kernels.copy_rows)(&CopyRows {
                            from: at(sample).add(from),
                            from_pitch,
                            to: scratch.as_mut_ptr().add(to),
                            to_pitch,
                            len,
                            rows,
                            slope,
                            prefetch_distance,
                        });
                    }
                }
                CopyStep::Planes { samples, to_pitch } => {
                    assert!((samples - 1) * to_pitch + plane <= scratch.len());
                    // SAFETY: one row per sample, its plane, which is there on both sides.
                    unsafe {
                        (kernels.copy_rows)(&CopyRows {
                            from: at(0),
                            from_pitch: channel.sample_stride,
                            to: scratch.as_mut_ptr(),
                            to_pitch,
                            len: plane,
                            rows: samples,
                            slope,
                            prefetch_distance,
                        });
                    }
                }
                CopyStep::Interleave { samples, rows: copy } => {
                    let RowsCopy { sample, from, from_pitch, to, to_pitch, len, rows } = copy;
                    debug_assert!(from + (rows - 1) * from_pitch + len <= plane);
                    assert!(to + (rows - 1) * to_pitch + len * self.window.interleave <= scratch.len());
                    // SAFETY: as for `Rows`, for each of the samples.
                    unsafe {
                        (kernels.interleave_rows)(&Interleave {
                            from: at(sample).add(from),
                            sample_stride: channel.sample_stride,
                            samples,
                            every: self.window.interleave,
                            from_pitch,
                            to: scratch.as_mut_ptr().add(to),
                            to_pitch,
                            len,
                            rows,
                            slope,
                        });
                    }
                }
                CopyStep::Scatter { sample, ref places } => {
                    // SAFETY: the sample's plane, as above.
                    let plane = unsafe { std::slice::from_raw_parts(at(sample), plane) };
                    let activation = Activation::Leaky(slope);
                    for &(from, to) in places {
                        scratch[to as usize] = activation.apply(plane[from as usize]);
                    }
                }
            }
        }
    }
}

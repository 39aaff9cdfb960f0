//! Copies a window of the input into the zero-padded scratch buffer, applying the activation on the way.

use super::super::micro::dispatch::Kernels;
use super::super::micro::rows::{Mix, Rows};
use super::super::micro::segment::Source;
use super::super::plan::copies::{Copy, Window};
use super::super::plan::shape::Activation;
use super::scratch::Note;

/// While something is copied, what lies at least this many numbers later is fetched.
const AHEAD: usize = 3072;

/// How much further than the channel with that index lies the one that is fetched while it is copied; planes have `plane`
/// numbers.
pub(crate) fn ahead(channels: &[Source], index: usize, plane: usize) -> isize {
    let later = channels.get(index + AHEAD.div_ceil(plane.max(1)).max(3));
    later.map_or(0, |later| later.distance(&channels[index]))
}

/// Copies `channels` one after another into `scratch` (whose contents `note` describes), each into `each` numbers of it, for the stack of samples that
/// starts with `first`; a channel's planes have `plane` numbers.
pub(crate) fn fill(
    kernels: &Kernels,
    window: &Window,
    (first, plane): (usize, usize),
    channels: &[Source],
    activation: Activation,
    (scratch, note, each): (&mut [f32], &mut Note, usize),
) {
    // Where the same window was copied before, what lies between the copies is still zero.
    let clean = if note.window == window.number { note.channels } else { 0 };
    *note = Note { window: window.number, channels: clean.max(channels.len()) };
    for (index, (channel, scratch)) in channels.iter().zip(scratch.chunks_exact_mut(each)).enumerate() {
        if window.gaps && index >= clean {
            scratch.fill(0.0);
        }
        let ahead = ahead(channels, index, plane);
        copy(kernels, window, (first, plane), (channel, ahead), activation, scratch);
    }
}

/// As [`fill`], one after another into the same buffer, and calls `visit` with each channel's index.
pub(crate) fn fill_each(
    kernels: &Kernels,
    window: &Window,
    (first, plane): (usize, usize),
    channels: &[Source],
    activation: Activation,
    (scratch, note): (&mut [f32], &mut Note),
    mut visit: impl FnMut(usize, &mut [f32]),
) {
    if window.gaps && note.window != window.number {
        scratch.fill(0.0);
    }
    *note = Note { window: window.number, channels: 1 };
    for (index, channel) in channels.iter().enumerate() {
        let ahead = ahead(channels, index, plane);
        copy(kernels, window, (first, plane), (channel, ahead), activation, scratch);
        visit(index, scratch);
    }
}

/// Copies a channel; `ahead` says how much further lies what is fetched meanwhile.
fn copy(
    kernels: &Kernels,
    window: &Window,
    (first, plane): (usize, usize),
    (channel, ahead): (&Source, isize),
    activation: Activation,
    scratch: &mut [f32],
) {
    let slope = activation.slope();
    // SAFETY: the samples of the stack exist, and `sources` has checked that their planes of this channel lie
    // inside the buffer.
    let at = |sample: usize| unsafe { channel.at.add((first + sample) * channel.sample_stride) };
    for copy in &window.copies {
        match *copy {
            Copy::Rows { sample, from, from_pitch, to, to_pitch, len, rows } => {
                debug_assert!(from + (rows - 1) * from_pitch + len <= plane);
                assert!(to + (rows - 1) * to_pitch + len <= scratch.len());
                // SAFETY: `from` lies inside the plane; then the level is available, and all rows lie inside the
                // plane and (asserted) inside the scratch buffer.
                unsafe {
                    (kernels.copy_rows)(&Rows {
                        from: at(sample).add(from),
                        from_pitch,
                        to: scratch.as_mut_ptr().add(to),
                        to_pitch,
                        len,
                        rows,
                        slope,
                        ahead,
                    });
                }
            }
            Copy::Planes { samples, to_pitch } => {
                assert!((samples - 1) * to_pitch + plane <= scratch.len());
                // SAFETY: the level is available; one row per sample, its plane, which is there on both sides.
                unsafe {
                    (kernels.copy_rows)(&Rows {
                        from: at(0),
                        from_pitch: channel.sample_stride,
                        to: scratch.as_mut_ptr(),
                        to_pitch,
                        len: plane,
                        rows: samples,
                        slope,
                        ahead,
                    });
                }
            }
            Copy::Mix { sample, samples, from, from_pitch, to, to_pitch, len, rows } => {
                debug_assert!(from + (rows - 1) * from_pitch + len <= plane);
                assert!(to + (rows - 1) * to_pitch + len * window.interleave <= scratch.len());
                // SAFETY: as for `Rows`, for each of the samples.
                unsafe {
                    (kernels.mix_rows)(&Mix {
                        from: at(sample).add(from),
                        sample_stride: channel.sample_stride,
                        samples,
                        every: window.interleave,
                        from_pitch,
                        to: scratch.as_mut_ptr().add(to),
                        to_pitch,
                        len,
                        rows,
                        slope,
                    });
                }
            }
            Copy::Scatter { sample, ref places } => {
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

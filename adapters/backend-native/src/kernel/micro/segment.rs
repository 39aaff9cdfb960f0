//! What is read and written: channels that live in several bigger buffers (memory banks are used where they
//! lie), and where in a channel the lanes of a vector go.

/// `channels` consecutive channels of a batch inside a bigger buffer, for reading.
///
/// Sample `n` starts at `data[n * sample_stride + offset]`; each channel is a contiguous plane. Several
/// segments in a row are the concatenation of their channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    /// The buffer.
    pub data: &'a [f32],
    /// Where the first channel of sample 0 starts.
    pub offset: usize,
    /// Distance between the same channel of neighbouring samples.
    pub sample_stride: usize,
    /// How many channels.
    pub channels: usize,
}

/// The same as [`Segment`], for writing.
#[derive(Debug)]
pub(crate) struct SegmentMut<'a> {
    /// The buffer.
    pub data: &'a mut [f32],
    /// Where the first channel of sample 0 starts.
    pub offset: usize,
    /// Distance between the same channel of neighbouring samples.
    pub sample_stride: usize,
    /// How many channels.
    pub channels: usize,
    /// Add to what is there instead of overwriting it.
    pub accumulate: bool,
}

/// Where one channel is read: the first number of sample 0, and the distance between samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// First number of the channel in sample 0.
    pub at: *const f32,
    /// Distance between samples, in numbers.
    pub sample_stride: usize,
}

// SAFETY: a `Source` is made from a shared slice that outlives the call it is made for (`sources` below), and
// is only read through, so other threads may read through it too.
unsafe impl Send for Source {}
// SAFETY: as above.
unsafe impl Sync for Source {}

impl Source {
    /// How many numbers further than the other channel this one lies.
    pub(crate) fn distance(&self, other: &Source) -> isize {
        (self.at as isize).wrapping_sub(other.at as isize) / size_of::<f32>() as isize
    }
}

/// Where one channel is written: as [`Source`], and whether to add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sink {
    /// First number of the channel in sample 0.
    pub at: *mut f32,
    /// Distance between samples, in numbers.
    pub sample_stride: usize,
    /// Add instead of store.
    pub accumulate: bool,
}

// SAFETY: a `Sink` is made from an exclusive slice (`sinks` below); the tasks of a call write disjoint
// positions of it, and nothing else touches the slice during the call.
unsafe impl Send for Sink {}
// SAFETY: as above.
unsafe impl Sync for Sink {}

/// Where (a part of) a vector of results goes: `count` lanes, those of `mask`, to `count` numbers in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// The lanes.
    pub mask: u32,
    /// How many lanes that is.
    pub count: u32,
    /// Sample, counted from the first of the stack.
    pub sample: u32,
    /// Position of the first of them in the channel's plane.
    pub dense: u32,
    /// How many rows of a Winograd tile there are here; 1 where rows are computed one by one.
    pub rows: u32,
}

/// One entry per channel, in order. Panics unless the segments hold exactly `channels` channels of `batch`
/// samples with planes of `plane` numbers, all inside their buffers.
pub(crate) fn sources(segments: &[Segment], channels: usize, batch: usize, plane: usize) -> Vec<Source> {
    let mut table = Vec::with_capacity(channels);
    for segment in segments {
        let last = batch.saturating_sub(1) * segment.sample_stride;
        assert!(
            batch == 0 || segment.offset + last + segment.channels * plane <= segment.data.len(),
            "an input segment reaches beyond its buffer"
        );
        for channel in 0..segment.channels {
            let at = segment.data.as_ptr().wrapping_add(segment.offset + channel * plane);
            table.push(Source { at, sample_stride: segment.sample_stride });
        }
    }
    assert_eq!(table.len(), channels, "the segments must hold every channel");
    table
}

/// As [`sources`], for writing. Also panics when samples of a segment would overlap.
pub(crate) fn sinks(segments: &mut [SegmentMut], channels: usize, batch: usize, plane: usize) -> Vec<Sink> {
    let mut table = Vec::with_capacity(channels);
    for segment in segments {
        let last = batch.saturating_sub(1) * segment.sample_stride;
        assert!(
            batch == 0 || segment.offset + last + segment.channels * plane <= segment.data.len(),
            "an output segment reaches beyond its buffer"
        );
        assert!(
            batch <= 1 || segment.sample_stride >= segment.channels * plane,
            "the samples of an output segment overlap"
        );
        let start = segment.data.as_mut_ptr();
        for channel in 0..segment.channels {
            let at = start.wrapping_add(segment.offset + channel * plane);
            table.push(Sink { at, sample_stride: segment.sample_stride, accumulate: segment.accumulate });
        }
    }
    assert_eq!(table.len(), channels, "the segments must hold every channel");
    table
}

//! Where the planes of `plan::winograd` come from: which rows of a window make up which of their rows.

use super::super::micro::dispatch::Kernels;
use super::super::micro::rows::Combine;
use super::super::micro::segment::Source;
use super::super::micro::transform::POINTS;
use super::super::plan::geometry::Plan;
use super::super::plan::layout::{Layout, Unit};
use super::super::plan::shape::Activation;
use super::super::plan::winograd::{Piece, RowTiles};
use super::fill::fill_each;
use super::scratch;

/// A window of the planes of a stack of samples: whole rows.
pub(crate) struct PlaneWindow {
    /// First position in the planes.
    pub start: usize,
    /// Number of rows.
    pub count: usize,
    /// Per row, where each of the rows that its tile reads lies in the window of what is read.
    pub from: Vec<u32>,
    /// Where a row of zeros is needed there, for rows that do not exist.
    pub zeros: usize,
    /// Where the last row that may be read ends.
    pub reads: usize,
}

impl PlaneWindow {
    /// The rows that hold the `len` positions from `start` of a stack of `samples`, and the part (start, length) of the long
    /// row of the plan that is read which they are made of. `slack` numbers may be read behind a row.
    pub(crate) fn new(
        plan: &Plan,
        tiles: &RowTiles,
        samples: usize,
        (start, len): (usize, usize),
        slack: usize,
    ) -> (PlaneWindow, (usize, usize)) {
        let rows = &tiles.rows;
        let row = plan.pitch[2];
        let (first, end) = (start / row, (start + len).div_ceil(row));
        let groups = samples.div_ceil(plan.interleave);
        let height = &rows.axes[1];
        let last = height.results - 1 + height.reads.iter().max().copied().unwrap_or(0);
        let place = |index: usize, input: usize| {
            let at = index * row;
            let (group, at) = (at / plan.pitch[0], at % plan.pitch[0]);
            let (depth, tile) = (at / plan.pitch[1], at % plan.pitch[1] / row);
            let line = tiles.firsts[tile] + input * tiles.dilation;
            let exists = group < groups && line <= last;
            exists.then_some(group * rows.pitch[0] + depth * rows.pitch[1] + line * row)
        };
        let places: Vec<Option<usize>> = (first..end)
            .flat_map(|index| (0..tiles.inputs).map(move |input| (index, input)))
            .map(|(index, input)| place(index, input))
            .collect();
        let found = || places.iter().copied().flatten();
        let from = found().min().unwrap_or(0);
        let to = found().max().map_or(0, |last| last + row);
        let (from, to) = if plan.interleave == 1 {
            (from, to)
        } else {
            // Interleaved rows are copied whole.
            (0, to.max(groups * rows.pitch[0]))
        };
        let zeros = to - from + slack;
        let place = |place: Option<usize>| place.map_or(zeros, |place| place - from) as u32;
        let window = PlaneWindow {
            start: first * row,
            count: end - first,
            from: places.into_iter().map(place).collect(),
            zeros,
            reads: zeros + row,
        };
        (window, (from, to - from))
    }
}

/// Makes all planes of a unit. A channel's window is read as soon as it is copied, while it is in the first-level cache.
pub(crate) fn fill_planes(
    kernels: &Kernels,
    (plan, tiles, layout): (&Plan, &RowTiles, &Layout),
    unit: &Unit,
    sources: &[Source],
    activation: Activation,
    planes: &mut [f32],
) {
    let window = &layout.plane_windows[unit.window];
    let (each, size) = (layout.per_channel(plan), (plan.pitch[2], layout.region));
    scratch::with_note(layout.window_region, |rows, note| {
        fill_each(
            kernels,
            &layout.windows[unit.window],
            (unit.sample, plan.source_plane()),
            sources,
            activation,
            (rows, note),
            |channel, rows| {
                rows[window.zeros..window.reads].fill(0.0);
                for piece in &tiles.pieces {
                    let to = &mut planes[channel * each..][..each];
                    piece.make(kernels, window, (tiles, None), size, (rows, to));
                }
            },
        );
    });
}

impl Piece {
    /// Makes planes of a channel of the rows of its window: all, or those of one list.
    pub(crate) fn make(
        &self,
        kernels: &Kernels,
        window: &PlaneWindow,
        (tiles, list): (&RowTiles, Option<usize>),
        (len, region): (usize, usize),
        (from, to): (&[f32], &mut [f32]),
    ) {
        assert!(window.reads + kernels.lanes <= from.len());
        assert!(window.count * len + kernels.lanes <= region);
        let mut job = Combine {
            from: from.as_ptr(),
            places: window.from[self.first..].as_ptr(),
            pitch: tiles.inputs,
            count: window.count,
            len,
            to: [std::ptr::null_mut(); POINTS],
        };
        let (base, end) = (to.as_mut_ptr(), to.len());
        for (at, plane) in job.to.iter_mut().zip(&self.planes) {
            if list.is_none_or(|list| list == plane.list) {
                assert!((plane.place + 1) * region <= end);
                *at = base.wrapping_add(plane.place * region);
            }
        }
        // SAFETY: the level is available; the rows of the window and of the planes lie inside the buffers, with a vector
        // more behind the last (asserted).
        unsafe { (kernels.combine)(self.taps)(&job) }
    }
}

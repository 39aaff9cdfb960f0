//! Winograd's input transform: makes the planes of a unit from the rows of its window.

use super::super::micro::{InputTransform, POINTS, Source};
use super::super::plan::{Activation, PlaneWindow, Prepared, Unit, Winograd};
use super::fill::Fill;
use super::scratch;

/// The input transform of the channels of a unit.
pub(crate) struct UnitTransform<'a> {
    prepared: &'a Prepared,
    winograd: &'a Winograd,
    window: &'a PlaneWindow,
}

impl<'a> UnitTransform<'a> {
    /// That of a unit.
    pub(crate) fn new(prepared: &'a Prepared, winograd: &'a Winograd, unit: &Unit) -> UnitTransform<'a> {
        UnitTransform { prepared, winograd, window: &prepared.layout.plane_windows[unit.window] }
    }

    /// Clears the row of zeros of a channel's window, which the transform reads.
    pub(crate) fn clear(&self, rows: &mut [f32]) {
        rows[self.window.zeros..self.window.reads].fill(0.0);
    }

    /// Makes the planes of a channel from the rows of its window: all, or those of one list.
    pub(crate) fn make(&self, list: Option<usize>, from: &[f32], to: &mut [f32]) {
        let Prepared { kernels, plan, layout, .. } = self.prepared;
        let (window, len, region) = (self.window, plan.sum.pitch[2], layout.region);
        assert!(window.reads + kernels.lanes <= from.len());
        assert!(window.count * len + kernels.lanes <= region);
        let (base, end) = (to.as_mut_ptr(), to.len());
        for piece in &self.winograd.pieces {
            let mut job = InputTransform {
                from: from.as_ptr(),
                places: window.from[piece.first..].as_ptr(),
                pitch: self.winograd.inputs,
                count: window.count,
                len,
                to: [std::ptr::null_mut(); POINTS],
            };
            for (at, plane) in job.to.iter_mut().zip(&piece.planes) {
                if list.is_none_or(|list| list == plane.list) {
                    assert!((plane.place + 1) * region <= end);
                    *at = base.wrapping_add(plane.place * region);
                }
            }
            // SAFETY: the rows of the window and of the planes lie inside the buffers, with a vector more
            // behind the last (asserted).
            unsafe { (kernels.transform_input)(piece.taps)(&job) }
        }
    }
}

/// Makes all planes of a unit. A channel's window is read as soon as it is copied, while it is in the L1
/// cache.
pub(crate) fn fill_planes(
    prepared: &Prepared,
    winograd: &Winograd,
    unit: &Unit,
    sources: &[Source],
    activation: Activation,
    planes: &mut [f32],
) {
    let Prepared { kernels, plan, layout, .. } = prepared;
    let each = layout.per_channel(plan);
    let transform = UnitTransform::new(prepared, winograd, unit);
    scratch::with_gaps(layout.window_region, |scratch| {
        let window = &layout.windows[unit.window];
        let fill = Fill::new(kernels, plan, window, unit.sample, sources, activation);
        fill.each(scratch, |channel, rows| {
            transform.clear(rows);
            transform.make(None, rows, &mut planes[channel * each..][..each]);
        });
    });
}

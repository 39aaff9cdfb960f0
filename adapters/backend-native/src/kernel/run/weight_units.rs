//! What one task of a weight gradient does: for each unit it packs what the micro-kernels read, then reduces.

use super::super::micro::{POINTS, PackGradient, Source, Sum};
use super::super::plan::{Activation, PlaneResidency, Prepared, TileRun, Unit, Winograd, pieces, tile_runs};
use super::fill::{Fill, prefetch_distance};
use super::planes::{UnitTransform, fill_planes};
use super::scratch::{self, Scratch};
use std::ops::Range;

/// The partial sums of all chunks, or the result.
#[derive(Clone, Copy)]
pub(crate) struct PartialSums(pub *mut f32);

// SAFETY: tasks write disjoint parts: those of their chunk, group, rows and columns.
unsafe impl Send for PartialSums {}
// SAFETY: as above.
unsafe impl Sync for PartialSums {}

/// A weight gradient in progress.
pub(crate) struct WeightGradient<'a> {
    pub prepared: &'a Prepared,
    /// What the convolution read.
    pub input: &'a [Source],
    /// Applied to it.
    pub activation: Activation,
    /// The gradient of its output.
    pub gradient: &'a [Source],
    pub sums: PartialSums,
    /// Add to what is in `sums`.
    pub accumulate: bool,
}

/// What one task sums for one group.
pub(crate) struct WeightTask<'a> {
    /// Over these units.
    pub units: &'a [Unit],
    /// For this group.
    pub group: usize,
    /// For these output channels of the group.
    pub rows: Range<usize>,
    /// For these input channels of the group.
    pub columns: Range<usize>,
    /// Where the sums of the chunk start.
    pub start: usize,
}

/// Where one of the lists of a plan lies; the only one of a direct plan has all taps.
#[derive(Clone, Copy)]
struct ListSpan {
    /// First of its (input channel, term) pairs.
    first: usize,
    /// Terms per input channel.
    terms: usize,
    /// Its point; 0 for a direct plan.
    point: usize,
}

/// What a reduction reads.
#[derive(Clone, Copy)]
struct Packed<'a> {
    /// Windows or planes of the input.
    window: &'a [f32],
    /// Output gradients of some channels, one vector per start.
    gradient: &'a [f32],
    /// Distance between those channels.
    pitch: usize,
}

impl WeightGradient<'_> {
    /// Sums what a task has to.
    pub(crate) fn run(&self, task: &WeightTask) {
        let Prepared { plan, layout, .. } = self.prepared;
        let per_channel = layout.per_channel(plan);
        let len = task.columns.len() * per_channel;
        let Some(winograd) = &plan.winograd else {
            let all = [ListSpan { first: 0, terms: plan.sum.taps.len(), point: 0 }];
            return scratch::with_gaps(len, |window| {
                for (index, unit) in task.units.iter().enumerate() {
                    self.fill(task, unit, window, per_channel);
                    self.sums(task, unit, &all, window.numbers, index > 0);
                }
            });
        };
        let mut first = 0;
        let spans: Vec<ListSpan> = (winograd.lists.iter().enumerate())
            .map(|(index, list)| {
                let span = ListSpan { first, terms: winograd.terms(index), point: list.point };
                first += plan.reads * span.terms;
                span
            })
            .collect();
        scratch::with(len, |planes| {
            for (index, unit) in task.units.iter().enumerate() {
                match winograd.residency {
                    PlaneResidency::All => {
                        let sources = self.sources(task);
                        fill_planes(self.prepared, winograd, unit, sources, self.activation, planes);
                        self.sums(task, unit, &spans, planes, index > 0);
                    }
                    PlaneResidency::List => {
                        self.each_list(task, unit, winograd, &spans, planes, index > 0);
                    }
                }
            }
        });
    }

    /// The sums over one unit of Winograd tiles, list by list.
    fn each_list(
        &self,
        task: &WeightTask,
        unit: &Unit,
        winograd: &Winograd,
        spans: &[ListSpan],
        planes: &mut [f32],
        more: bool,
    ) {
        let Prepared { plan, layout, .. } = self.prepared;
        let (each, window_region) = (layout.per_channel(plan), layout.window_region);
        let transform = UnitTransform::new(self.prepared, winograd, unit);
        scratch::with_gaps(task.columns.len() * window_region, |scratch| {
            self.fill(task, unit, scratch, window_region);
            for rows in scratch.numbers.chunks_exact_mut(window_region) {
                transform.clear(rows);
            }
            for (list, span) in spans.iter().enumerate() {
                let channels = scratch.numbers.chunks_exact(window_region).zip(planes.chunks_exact_mut(each));
                for (rows, to) in channels {
                    transform.make(Some(list), rows, to);
                }
                self.sums(task, unit, &[*span], planes, more);
            }
        });
    }

    /// What a task reads.
    fn sources(&self, task: &WeightTask) -> &[Source] {
        let channel = task.group * self.prepared.plan.reads;
        &self.input[channel + task.columns.start..channel + task.columns.end]
    }

    /// Copies the input that one unit reads, each channel into `each` numbers.
    fn fill(&self, task: &WeightTask, unit: &Unit, scratch: &mut Scratch, each: usize) {
        let Prepared { kernels, plan, layout, .. } = self.prepared;
        let window = &layout.windows[unit.window];
        let sources = self.sources(task);
        Fill::new(kernels, plan, window, unit.sample, sources, self.activation).all(scratch, each);
    }

    /// The sums over one unit for some lists; added to those of the units before if there are `more`.
    fn sums(&self, task: &WeightTask, unit: &Unit, spans: &[ListSpan], window: &[f32], more: bool) {
        let kernels = self.prepared.kernels;
        // An odd number of vectors: channels must not all fall into the same set of the cache.
        let pitch = ((unit.to - unit.from) | 1) * kernels.lanes;
        let most = kernels.sum_pairs.len();
        scratch::with(spans.len() * most * pitch, |packed| {
            for rows in pieces(task.rows.len(), most) {
                for row in rows.clone() {
                    let to = &mut packed[(row - rows.start) * pitch..];
                    self.pack(task, unit, spans, row, to, most * pitch);
                }
                for (span, gradient) in spans.iter().zip(packed.chunks_exact(most * pitch)) {
                    let packed = Packed { window, gradient, pitch };
                    self.sum(task, unit, *span, rows.clone(), packed, more);
                }
            }
        });
    }

    /// Packs an output channel's gradient of one unit, or its sums over rows: for each list `each` numbers
    /// further.
    fn pack(
        &self,
        task: &WeightTask,
        unit: &Unit,
        spans: &[ListSpan],
        row: usize,
        to: &mut [f32],
        each: usize,
    ) {
        let Prepared { kernels, plan, layout, .. } = self.prepared;
        let lanes = &layout.lanes[unit.pattern];
        let channel = task.group * plan.writes;
        let gradient = &self.gradient[channel + task.rows.start..channel + task.rows.end];
        let vectors = unit.to - unit.from;
        let mut job = PackGradient {
            from: gradient[row],
            sample: unit.sample,
            vectors,
            first: lanes.first[unit.from..=unit.to].as_ptr(),
            stores: lanes.stores.as_ptr(),
            prefetch_distance: prefetch_distance(gradient, row, plan.sum.result_plane()),
            shift: plan.winograd.as_ref().map_or(0, |winograd| winograd.shift),
            to: [std::ptr::null_mut(); POINTS],
        };
        let (base, end) = (to.as_mut_ptr(), to.len());
        for (index, span) in spans.iter().enumerate() {
            assert!(index * each + vectors * kernels.lanes <= end);
            job.to[span.point] = base.wrapping_add(index * each);
        }
        // SAFETY: what is written holds the vectors, and the stores say where the results of existing samples
        // lie, which `sources` has checked against the buffers.
        unsafe { (kernels.pack_gradient[usize::from(plan.winograd.is_some())])(&job) }
    }

    /// The sums of some output channels over one unit for one list.
    fn sum(
        &self,
        task: &WeightTask,
        unit: &Unit,
        span: ListSpan,
        rows: Range<usize>,
        packed: Packed,
        more: bool,
    ) {
        let Prepared { kernels, plan, layout, .. } = self.prepared;
        let lanes = &layout.lanes[unit.pattern];
        let start = layout.start(unit);
        let pairs = plan.pairs();
        let channel = task.group * plan.writes + task.rows.start + rows.start;
        let first = task.start + channel * pairs + span.first + task.columns.start * span.terms;
        let most = kernels.sum_pairs[rows.len() - 1];
        for TileRun { first: column, size, count } in tile_runs(task.columns.len() * span.terms, most) {
            let job = Sum {
                scratch: packed.window.as_ptr().wrapping_sub(start),
                offsets: layout.offsets[span.first + column..][..size * count].as_ptr(),
                runs: count,
                vectors: unit.to - unit.from,
                starts: lanes.starts[unit.from..unit.to].as_ptr(),
                masks: lanes.masks[unit.from..unit.to].as_ptr(),
                gradient: packed.gradient.as_ptr(),
                gradient_pitch: packed.pitch,
                sums: self.sums.0.wrapping_add(first + column),
                sums_pitch: pairs,
                accumulate: more || self.accumulate,
            };
            // SAFETY: starts plus offsets stay inside the window that the scratch buffer holds; the sums are
            // this task's own: its rows, and its columns of them.
            unsafe { (kernels.sum)(rows.len(), size)(&job) }
        }
    }
}

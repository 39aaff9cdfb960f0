//! What one task of a weight gradient does: for each unit it lays out what the sums read, then sums.

use super::super::micro::dispatch::Kernels;
use super::super::micro::segment::Source;
use super::super::micro::sum::{Spread, Sum};
use super::super::micro::transform::POINTS;
use super::super::plan::blocks::{pieces, runs};
use super::super::plan::geometry::Plan;
use super::super::plan::layout::{Layout, Unit};
use super::super::plan::shape::Activation;
use super::super::plan::winograd::{Held, RowTiles};
use super::fill::{ahead, fill};
use super::planes::fill_planes;
use super::scratch::{self, Note};
use std::ops::Range;

/// The partial sums of all chunks, or the result.
#[derive(Clone, Copy)]
pub(crate) struct Sums(pub *mut f32);

// SAFETY: tasks write disjoint parts: those of their chunk, group, rows and columns.
unsafe impl Send for Sums {}
// SAFETY: as above.
unsafe impl Sync for Sums {}

/// A weight gradient in progress.
pub(crate) struct Pass<'a> {
    pub kernels: &'a Kernels,
    pub plan: &'a Plan,
    pub layout: &'a Layout,
    pub input: &'a [Source],
    pub activation: Activation,
    pub gradient: &'a [Source],
    pub sums: Sums,
    /// Add to what is in `sums`.
    pub accumulate: bool,
}

/// What one task sums for one group.
pub(crate) struct Part<'a> {
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

/// Where one of the lists of a plan lies; the only one of a plan without tiles has all taps.
#[derive(Clone, Copy)]
struct Columns {
    /// First of its (input channel, term) pairs.
    first: usize,
    /// Terms per input channel.
    terms: usize,
    /// Its point; 0 without tiles.
    point: usize,
}

impl Pass<'_> {
    /// Sums a part.
    pub(crate) fn run(&self, part: &Part) {
        let (plan, layout) = (self.plan, self.layout);
        let per_channel = layout.per_channel(plan);
        let channels = part.columns.len();
        match &plan.tiles {
            None => {
                let all = [Columns { first: 0, terms: plan.taps.len(), point: 0 }];
                scratch::with_note(channels * per_channel, |window, note| {
                    for (index, unit) in part.units.iter().enumerate() {
                        self.fill(part, unit, (window, note, per_channel));
                        self.sums(part, unit, &all, window, index > 0);
                    }
                });
            }
            Some(tiles) => {
                let mut first = 0;
                let lists: Vec<Columns> = (0..tiles.lists())
                    .map(|list| {
                        let columns = Columns { first, terms: tiles.terms(list), point: tiles.point(list) };
                        first += plan.reads * columns.terms;
                        columns
                    })
                    .collect();
                scratch::with(channels * per_channel, |planes| {
                    for (index, unit) in part.units.iter().enumerate() {
                        match tiles.held {
                            Held::All => {
                                let geometry = (plan, tiles, layout);
                                let sources = self.sources(part);
                                fill_planes(self.kernels, geometry, unit, sources, self.activation, planes);
                                self.sums(part, unit, &lists, planes, index > 0);
                            }
                            Held::List => self.each_list(part, unit, tiles, &lists, planes, index > 0),
                        }
                    }
                });
            }
        }
    }

    /// The sums over one unit of rows in tiles, list by list.
    fn each_list(
        &self,
        part: &Part,
        unit: &Unit,
        tiles: &RowTiles,
        lists: &[Columns],
        planes: &mut [f32],
        more: bool,
    ) {
        let (plan, layout) = (self.plan, self.layout);
        let window = &layout.plane_windows[unit.window];
        let (each, size) = (layout.per_channel(plan), (plan.pitch[2], layout.region));
        scratch::with_note(part.columns.len() * layout.window_region, |rows, note| {
            self.fill(part, unit, (rows, note, layout.window_region));
            for rows in rows.chunks_exact_mut(layout.window_region) {
                rows[window.zeros..window.reads].fill(0.0);
            }
            for (list, columns) in lists.iter().enumerate() {
                let channels = rows.chunks_exact(layout.window_region).zip(planes.chunks_exact_mut(each));
                for (rows, to) in channels {
                    for piece in &tiles.pieces {
                        piece.make(self.kernels, window, (tiles, Some(list)), size, (rows, to));
                    }
                }
                self.sums(part, unit, &[*columns], planes, more);
            }
        });
    }

    /// What a part reads.
    fn sources(&self, part: &Part) -> &[Source] {
        let channel = part.group * self.plan.reads;
        &self.input[channel + part.columns.start..channel + part.columns.end]
    }

    /// Copies the input that one unit reads, each channel into `each` numbers.
    fn fill(&self, part: &Part, unit: &Unit, (window, note, each): (&mut [f32], &mut Note, usize)) {
        fill(
            self.kernels,
            &self.layout.windows[unit.window],
            (unit.sample, self.plan.source_plane()),
            self.sources(part),
            self.activation,
            (window, note, each),
        );
    }

    /// The sums over one unit for some lists; added to those of the units before if there are `more`.
    fn sums(&self, part: &Part, unit: &Unit, lists: &[Columns], window: &[f32], more: bool) {
        // An odd number of vectors: channels must not all fall into the same set of the cache.
        let pitch = ((unit.to - unit.from) | 1) * self.kernels.lanes;
        let most = self.kernels.sum_pairs.len();
        scratch::with(lists.len() * most * pitch, |spread| {
            for (row, rows) in pieces(part.rows.len(), most) {
                for index in row..row + rows {
                    self.spread(
                        part,
                        unit,
                        lists,
                        index,
                        (&mut spread[(index - row) * pitch..], most * pitch),
                    );
                }
                for (list, spread) in lists.iter().zip(spread.chunks_exact(most * pitch)) {
                    self.sum(part, unit, *list, (row, rows), (window, spread, pitch), more);
                }
            }
        });
    }

    /// Copies an output channel's gradient of one unit, or its sums over rows, for each list `each` numbers further.
    fn spread(
        &self,
        part: &Part,
        unit: &Unit,
        lists: &[Columns],
        row: usize,
        (to, each): (&mut [f32], usize),
    ) {
        let (plan, kernels) = (self.plan, self.kernels);
        let lanes = &self.layout.lanes[unit.pattern];
        let channel = part.group * plan.writes;
        let gradient = &self.gradient[channel + part.rows.start..channel + part.rows.end];
        let vectors = unit.to - unit.from;
        let mut job = Spread {
            from: gradient[row],
            sample: unit.sample,
            vectors,
            first: lanes.first[unit.from..=unit.to].as_ptr(),
            stores: lanes.stores.as_ptr(),
            ahead: ahead(gradient, row, plan.result_plane()),
            shift: plan.tiles.as_ref().map_or(0, RowTiles::shift),
            to: [std::ptr::null_mut(); POINTS],
        };
        let (base, end) = (to.as_mut_ptr(), to.len());
        for (index, list) in lists.iter().enumerate() {
            assert!(index * each + vectors * kernels.lanes <= end);
            job.to[list.point] = base.wrapping_add(index * each);
        }
        // SAFETY: the level is available, what is written holds the vectors, and the stores say where the results of
        // existing samples lie, which `sources` has checked against the buffers.
        unsafe { (kernels.spread[usize::from(plan.tiles.is_some())])(&job) }
    }

    /// The sums of some output channels over one unit for one list.
    fn sum(
        &self,
        part: &Part,
        unit: &Unit,
        list: Columns,
        (row, rows): (usize, usize),
        (window, spread, pitch): (&[f32], &[f32], usize),
        more: bool,
    ) {
        let (plan, kernels) = (self.plan, self.kernels);
        let lanes = &self.layout.lanes[unit.pattern];
        let start = self.layout.start(unit);
        let pairs = plan.pairs();
        let channel = part.group * plan.writes + part.rows.start + row;
        let first = part.start + channel * pairs + list.first + part.columns.start * list.terms;
        let most = kernels.sum_pairs[rows - 1];
        runs(part.columns.len() * list.terms, most, |column, size, count| {
            let job = Sum {
                scratch: window.as_ptr().wrapping_sub(start),
                offsets: self.layout.offsets[list.first + column..][..size * count].as_ptr(),
                runs: count,
                vectors: unit.to - unit.from,
                starts: lanes.starts[unit.from..unit.to].as_ptr(),
                masks: lanes.masks[unit.from..unit.to].as_ptr(),
                gradient: spread.as_ptr(),
                gradient_pitch: pitch,
                sums: self.sums.0.wrapping_add(first + column),
                sums_pitch: pairs,
                accumulate: more || self.accumulate,
            };
            // SAFETY: the level is available; starts plus offsets stay inside the window that the scratch buffer
            // holds; the sums are this part's own: its rows, and its columns of them.
            unsafe { (kernels.sum)(rows, size)(&job) }
        });
    }
}

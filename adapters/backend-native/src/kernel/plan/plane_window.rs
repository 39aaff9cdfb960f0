//! Which rows of a source window make up which rows of Winograd's planes.

use super::correlation::Plan;
use super::winograd::Winograd;
use std::ops::Range;

/// A window of the planes of a stack of samples: whole rows.
#[derive(Debug)]
pub(crate) struct PlaneWindow {
    /// First position in the planes.
    pub start: usize,
    /// Number of rows.
    pub count: usize,
    /// The part of the long row, as it is read, that they are made of.
    pub source: Range<usize>,
    /// Per row, where each of the rows that its tile reads lies in that part.
    pub from: Vec<u32>,
    /// Where a row of zeros is needed there, for rows that do not exist.
    pub zeros: usize,
    /// Where the last row that may be read ends.
    pub reads: usize,
}

impl PlaneWindow {
    /// The rows that hold the positions `extent` of a stack of `samples`. `slack` numbers may be read behind
    /// a row.
    pub(crate) fn new(
        plan: &Plan,
        winograd: &Winograd,
        samples: usize,
        extent: &Range<usize>,
        slack: usize,
    ) -> PlaneWindow {
        let (read, sum) = (&plan.read, &plan.sum);
        let row = sum.pitch[2];
        let rows = extent.start / row..extent.end.div_ceil(row);
        let groups = samples.div_ceil(sum.interleave);
        let height = &read.axes[1];
        let last = height.results - 1 + height.reads.iter().max().copied().unwrap_or(0);
        let place = |index: usize, input: usize| {
            let at = index * row;
            let (group, at) = (at / sum.pitch[0], at % sum.pitch[0]);
            let (depth, tile) = (at / sum.pitch[1], at % sum.pitch[1] / row);
            let line = sum.rows[tile].first + input * winograd.dilation;
            let exists = group < groups && line <= last;
            exists.then_some(group * read.pitch[0] + depth * read.pitch[1] + line * row)
        };
        let places: Vec<Option<usize>> = rows
            .clone()
            .flat_map(|index| (0..winograd.inputs).map(move |input| (index, input)))
            .map(|(index, input)| place(index, input))
            .collect();
        let found = || places.iter().copied().flatten();
        let from = found().min().unwrap_or(0);
        let to = found().max().map_or(0, |last| last + row);
        let source = if sum.interleave == 1 {
            from..to
        } else {
            // Interleaved rows are copied whole.
            0..to.max(groups * read.pitch[0])
        };
        let zeros = source.len() + slack;
        let place = |place: Option<usize>| place.map_or(zeros, |place| place - source.start) as u32;
        PlaneWindow {
            start: rows.start * row,
            count: rows.len(),
            from: places.into_iter().map(place).collect(),
            zeros,
            reads: zeros + row,
            source,
        }
    }
}

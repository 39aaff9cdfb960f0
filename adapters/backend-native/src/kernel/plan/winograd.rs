//! Fewer multiplications: the results of several rows at once, by Winograd's minimal filtering F(4, r) along
//! the rows.
//!
//! In a tile of four result rows, one dilation apart, each column of the kernel is a filter along the rows,
//! cut into pieces that are short enough. Every product of a piece takes a plane (the input transform: a sum
//! over rows of what is read) and a term (the filter transform: a sum over taps). So the correlation becomes
//! one of planes with terms, with one row for every tile. Terms of the same point are reduced together, as a
//! list, and the output transform takes the sums of the lists to the rows of results.

use super::super::micro::{Lists, OUTPUT, POINTS, RESULTS, Transform};
use super::blocks::pieces;
use super::geometry::{Axis, Geometry, ResultRows, Tap};

/// Which planes the scratch buffer holds at a time. All are read by a reduction over (channel, tap) pairs;
/// one over positions can take them list by list, with a smaller working set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PlaneResidency {
    /// All.
    All,
    /// Those of one list.
    List,
}

/// A piece of a column of the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Its first tap, and so the first row that it reads, counted in dilations from the tile's first.
    pub first: usize,
    /// How many taps: the `r` of F(4, r).
    pub taps: usize,
    /// The planes of its products.
    pub planes: Vec<Plane>,
}

/// A sum over rows of what is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    /// Its list.
    pub list: usize,
    /// Its place in the scratch buffer.
    pub place: usize,
}

/// Terms, sums over taps to be multiplied with a plane: one for each column of the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Place of the plane.
    pub place: usize,
    /// Distance there from a start to the depth that is read.
    pub distance: usize,
    /// Up to four taps of the first column; the rest have a factor of 0.
    pub taps: [usize; RESULTS],
    /// The filter transform: what those taps are multiplied by.
    pub factors: [f32; RESULTS],
}

/// What is reduced together: the terms of one point.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// The point.
    pub point: usize,
    /// Its terms, for every source channel.
    pub terms: Vec<Terms>,
}

/// How rows are computed in Winograd tiles.
#[derive(Clone, Debug)]
pub(crate) struct Winograd {
    /// Distance between the rows of a tile, in rows.
    pub dilation: usize,
    /// Distance between the rows of a tile in a result plane.
    pub shift: usize,
    /// Rows that a tile reads, one dilation apart.
    pub inputs: usize,
    /// Which planes the scratch buffer holds at a time.
    pub residency: PlaneResidency,
    /// What the columns of the kernel are cut into.
    pub pieces: Vec<Piece>,
    /// What each column of the kernel reads, as a distance.
    pub columns: Vec<usize>,
    /// What is reduced, point by point.
    pub lists: Vec<List>,
    /// Source channels of a group.
    channels: usize,
    /// Planes that the scratch buffer holds at a time for each source channel.
    planes: usize,
}

impl Winograd {
    /// For a correlation of `channels` source channels a group, if it has columns and no stride.
    pub(crate) fn new(read: &Geometry, channels: usize, residency: PlaneResidency) -> Option<Winograd> {
        let height = &read.axes[1];
        let mut order: Vec<usize> = (0..height.reads.len()).collect();
        order.sort_unstable_by_key(|&tap| height.reads[tap]);
        if order.len() < 2 || !read.axes.iter().all(Axis::is_contiguous) {
            return None;
        }
        let dilation = height.reads[order[1]] - height.reads[order[0]];
        let plane = tile_rows(height.results, dilation).count() * read.pitch[2];
        let (rows, columns) = (order.len(), read.axes[2].reads.len());
        let mut pieces: Vec<Piece> = pieces(rows, RESULTS)
            .map(|taps| Piece { first: taps.start, taps: taps.len(), planes: Vec::new() })
            .collect();
        let transforms: Vec<Transform> = pieces.iter().map(|piece| Transform::new(piece.taps)).collect();
        let mut lists: Vec<List> = Vec::new();
        let (mut place, mut most) = (0, 0);
        for point in 0..POINTS {
            if residency == PlaneResidency::List {
                place = 0;
            }
            let mut terms = Vec::new();
            for (piece, transform) in pieces.iter_mut().zip(&transforms) {
                let product = (0..transform.products).find(|&product| transform.point(product) == point);
                let Some(product) = product else { continue };
                piece.planes.push(Plane { list: lists.len(), place });
                for (depth, distance) in read.axes[0].reads.iter().enumerate() {
                    let tap =
                        |i: usize| (depth * rows + order[piece.first + i.min(piece.taps - 1)]) * columns;
                    terms.push(Terms {
                        place,
                        distance: distance * plane,
                        taps: std::array::from_fn(tap),
                        factors: transform.filter[product],
                    });
                }
                place += 1;
            }
            most = most.max(place);
            if !terms.is_empty() {
                lists.push(List { point, terms });
            }
        }
        Some(Winograd {
            dilation,
            shift: dilation * read.axes[2].results,
            inputs: RESULTS + rows - 1,
            residency,
            pieces,
            columns: read.axes[2].reads.iter().map(|column| column * read.interleave).collect(),
            lists,
            channels,
            planes: most,
        })
    }

    /// The geometry of the correlation of planes with terms.
    pub(crate) fn geometry(&self, read: &Geometry) -> Geometry {
        let rows: Vec<ResultRows> = tile_rows(read.axes[1].results, self.dilation).collect();
        let (row, plane) = (read.pitch[2], rows.len() * read.pitch[2]);
        let terms = self.lists.iter().flat_map(|list| &list.terms);
        let taps = terms.flat_map(|terms| {
            self.columns.iter().map(|read| Tap { phase: terms.place, distance: terms.distance + read })
        });
        Geometry {
            axes: read.axes.clone(),
            interleave: read.interleave,
            pitch: [read.axes[0].pitch * plane, plane, row],
            taps: taps.collect(),
            phases: self.planes,
            rows,
        }
    }

    /// Terms per source channel in a list.
    pub(crate) fn terms(&self, list: usize) -> usize {
        self.lists[list].terms.len() * self.columns.len()
    }

    /// The lists, as the micro-kernel takes them.
    pub(crate) fn reduction(&self) -> Lists {
        let mut lists = Lists { count: self.lists.len(), shift: self.shift, ..Lists::NONE };
        let mut end = 0;
        for (index, list) in self.lists.iter().enumerate() {
            end += self.channels * self.terms(index);
            lists.ends[index] = end;
            lists.factors[index] = OUTPUT[list.point];
        }
        lists
    }

    /// Distances of all terms of all channels from a start, list after list, in planes of `region` numbers.
    pub(crate) fn offsets(&self, region: usize) -> Vec<u32> {
        let mut offsets = Vec::new();
        for list in &self.lists {
            for channel in 0..self.channels {
                for terms in &list.terms {
                    let at = (channel * self.planes + terms.place) * region + terms.distance;
                    offsets.extend(self.columns.iter().map(|column| (at + column) as u32));
                }
            }
        }
        offsets
    }
}

/// The rows of results of each tile, where `results` rows are cut into tiles of rows that lie one `dilation`
/// apart.
fn tile_rows(results: usize, dilation: usize) -> impl Iterator<Item = ResultRows> {
    let firsts = (0..results).filter(move |row| row % (RESULTS * dilation) < dilation);
    firsts.map(move |first| ResultRows { first, count: (results - first).div_ceil(dilation).min(RESULTS) })
}

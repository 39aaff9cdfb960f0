//! Fewer multiplications: the results of several rows at once, by minimal filtering along the rows (see `micro::transform`).
//!
//! Of a tile of four result rows, one dilation apart, each column of the kernel is a filter along the rows, cut into
//! pieces that are short enough. Every product of a piece takes a plane, a sum over rows of what is read, and a term, a sum over
//! taps. So the correlation becomes one of planes with terms, with a row for every tile; terms of the same point are summed
//! together, as a list, and the sums of the lists make up the rows of results.

use super::super::micro::transform::{Filter, POINTS, RESULTS};
use super::super::run::weights;
use super::blocks::pieces;
use super::geometry::{Axis, Plan};
use super::lanes::Lanes;

/// What takes more than this share of the direct way is not done.
const WORTH: f64 = 0.92;
/// Fewer samples are cut into pieces, which copy and add what lies between them twice.
const BATCH: usize = 8;

/// Which planes the scratch buffer holds at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// All.
    All,
    /// Those of one list.
    List,
}

/// What a correlation sums over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// (Input channel, tap) pairs: the forward pass and the input gradient.
    Pairs,
    /// Positions: the weight gradient.
    Positions,
}

/// A piece of a column of the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Its first tap, and so the first row that it reads, counted in dilations from the tile's first.
    pub first: usize,
    /// How many taps.
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
struct Terms {
    /// Place of the plane.
    place: usize,
    /// Distance there from a start to the depth that is read.
    distance: usize,
    /// Up to four taps of the first column, and what they are multiplied by; the rest with factor 0.
    taps: [usize; RESULTS],
    factors: [f32; RESULTS],
}

/// What belongs to one point.
#[derive(Clone, Debug)]
struct List {
    point: usize,
    terms: Vec<Terms>,
}

/// How rows are computed in tiles.
#[derive(Clone, Debug)]
pub(crate) struct RowTiles {
    /// The correlation as it is defined, and as what it reads lies in its windows.
    pub rows: Box<Plan>,
    /// Distance between the rows of a tile, in rows.
    pub dilation: usize,
    /// Rows that a tile reads, one dilation apart.
    pub inputs: usize,
    /// The first row of each tile.
    pub firsts: Vec<usize>,
    /// Which planes the scratch buffer holds at a time.
    pub held: Held,
    /// What the columns of the kernel are cut into.
    pub pieces: Vec<Piece>,
    /// What each column of the kernel reads, as a distance.
    columns: Vec<usize>,
    lists: Vec<List>,
}

impl Plan {
    /// Computes rows in tiles where that takes clearly less on vectors of `width` lanes, to sum over pairs or over positions.
    pub(crate) fn tiled(self, width: usize, over: Over) -> Plan {
        let held: &[Held] = if over == Over::Pairs { &[Held::All] } else { &[Held::All, Held::List] };
        let mut candidates = held.iter().filter_map(|&held| tiles(&self, held));
        if cfg!(test) && self.writes % 2 == 1 {
            // Tests are full of small shapes, for which it hardly ever is worth it: they see some of them all the same.
            return candidates.nth(self.writes / 2 % held.len()).unwrap_or(self);
        }
        if self.batch < BATCH {
            return self;
        }
        // Narrow planes share vectors; a few samples are like all.
        let samples = self.batch.min(self.interleave.max(4));
        let best = candidates
            .map(|plan| (cost(&plan, samples, width, over), plan))
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
            .filter(|(tiles, _)| *tiles < WORTH * cost(&self, samples, width, over));
        best.map_or(self, |(_, plan)| plan)
    }
}

/// A correlation with rows in tiles, if it has columns and no stride.
fn tiles(plan: &Plan, held: Held) -> Option<Plan> {
    let height = &plan.axes[1];
    let mut order: Vec<usize> = (0..height.reads.len()).collect();
    order.sort_unstable_by_key(|&tap| height.reads[tap]);
    if order.len() < 2 || !plan.axes.iter().all(Axis::is_contiguous) {
        return None;
    }
    let dilation = height.reads[order[1]] - height.reads[order[0]];
    let firsts: Vec<usize> =
        (0..height.results).filter(|row| row % (RESULTS * dilation) < dilation).collect();
    let (row, plane) = (plan.pitch[2], firsts.len() * plan.pitch[2]);
    let (rows, columns) = (order.len(), plan.axes[2].reads.len());
    let mut pieces: Vec<Piece> =
        pieces(rows, RESULTS).map(|(first, taps)| Piece { first, taps, planes: Vec::new() }).collect();
    let filters: Vec<Filter> = pieces.iter().map(|piece| Filter::new(piece.taps)).collect();
    let mut lists: Vec<List> = Vec::new();
    let (mut place, mut most) = (0, 0);
    for point in 0..POINTS {
        if held == Held::List {
            place = 0;
        }
        let mut terms = Vec::new();
        for (piece, filter) in pieces.iter_mut().zip(&filters) {
            let product = (0..filter.products).find(|&product| filter.point(product) == point);
            let Some(product) = product else { continue };
            piece.planes.push(Plane { list: lists.len(), place });
            for (depth, read) in plan.axes[0].reads.iter().enumerate() {
                let tap = |i: usize| (depth * rows + order[piece.first + i.min(piece.taps - 1)]) * columns;
                terms.push(Terms {
                    place,
                    distance: read * plane,
                    taps: std::array::from_fn(tap),
                    factors: filter.taps[product],
                });
            }
            place += 1;
        }
        most = most.max(place);
        if !terms.is_empty() {
            lists.push(List { point, terms });
        }
    }
    let reads: Vec<usize> = plan.axes[2].reads.iter().map(|read| read * plan.interleave).collect();
    let terms = lists.iter().flat_map(|list| &list.terms);
    let taps =
        terms.flat_map(|terms| reads.iter().map(|read| (terms.place, terms.distance + read))).collect();
    let tiles = RowTiles {
        rows: Box::new(plan.clone()),
        dilation,
        inputs: RESULTS + rows - 1,
        firsts,
        held,
        pieces,
        columns: reads,
        lists,
    };
    Some(Plan {
        pitch: [plan.axes[0].pitch * plane, plane, row],
        phases: most,
        taps,
        tiles: Some(tiles),
        ..plan.clone()
    })
}

/// What a correlation takes, in multiply-adds of a vector per source channel of a group.
fn cost(plan: &Plan, samples: usize, width: usize, over: Over) -> f64 {
    let vectors = Lanes::new(plan, samples, width).len() as f64;
    let (reads, writes, terms) = (plan.reads as f64, plan.writes as f64, plan.taps.len() as f64);
    let share = samples as f64 / plan.batch as f64;
    let mut sums = writes * terms * vectors;
    if over == Over::Positions {
        // Lanes are added up at the end of a unit, which takes as long as some more vectors.
        let fit = weights::SCRATCH as f64 / (1.2 * reads * (plan.phases * width) as f64);
        sums *= 1.0 + 5.0 / (vectors / share / weights::UNITS as f64).min(fit).clamp(1.0, 64.0);
    }
    let Some(tiles) = &plan.tiles else { return sums };
    // Two thirds of the rows count in a plane. Those held together read them together.
    let planes = tiles.pieces.iter().map(|piece| piece.planes.len());
    let planes = match tiles.held {
        Held::All => planes.map(|rows| rows * (4 + 2 * rows / 3)).sum::<usize>(),
        Held::List => planes.map(|rows| rows * (6 + 5 * rows / 3)).sum::<usize>(),
    };
    let lists = tiles.lists.len() as f64;
    let mixed = match (over, tiles.held) {
        // The sums of lists are put aside, and the results made of them.
        (Over::Pairs, _) => 6.0 * lists + 12.0,
        // The output gradient is read once, or for every list.
        (Over::Positions, Held::All) => 7.0 * lists,
        (Over::Positions, Held::List) => 14.0 * lists,
    };
    sums + 1.3 * vectors * planes as f64 + writes * vectors * mixed / reads + 6.0 * writes * terms * share
}

impl RowTiles {
    /// How many lists there are.
    pub(crate) fn lists(&self) -> usize {
        self.lists.len()
    }

    /// Terms per source channel in a list.
    pub(crate) fn terms(&self, list: usize) -> usize {
        self.lists[list].terms.len() * self.columns.len()
    }

    /// The point of a list.
    pub(crate) fn point(&self, list: usize) -> usize {
        self.lists[list].point
    }

    /// Distance between the rows of a tile in a result plane.
    pub(crate) fn shift(&self) -> usize {
        self.dilation * self.rows.axes[2].results
    }

    /// How many rows of results the tile that starts with row `first` has.
    pub(crate) fn results_from(&self, first: usize) -> usize {
        (self.rows.axes[1].results - first).div_ceil(self.dilation).min(RESULTS)
    }

    /// Distances of all terms of all channels from a start, list after list, in planes of `region` numbers, of which a
    /// channel has `each`.
    pub(crate) fn offsets(&self, channels: usize, each: usize, region: usize) -> Vec<u32> {
        let mut offsets = Vec::new();
        for list in &self.lists {
            for channel in 0..channels {
                for terms in &list.terms {
                    let at = (channel * each + terms.place) * region + terms.distance;
                    offsets.extend(self.columns.iter().map(|column| (at + column) as u32));
                }
            }
        }
        offsets
    }

    /// Per list, where its terms of `channels` channels end.
    pub(crate) fn ends(&self, channels: usize) -> impl Iterator<Item = usize> {
        (0..self.lists()).scan(0, move |end, list| {
            *end += channels * self.terms(list);
            Some(*end)
        })
    }

    /// The terms of one result channel, of all source channels, from its weights: tap `t` of source channel `i` is weight
    /// `i * pitch + t`.
    pub(crate) fn weigh(&self, pitch: usize, weight: &[f32], terms: &mut [f32]) {
        let columns = self.columns.len();
        let mut rest = terms;
        for (index, list) in self.lists.iter().enumerate() {
            let of_list;
            (of_list, rest) = rest.split_at_mut(self.rows.reads * self.terms(index));
            let channels = of_list.chunks_exact_mut(list.terms.len() * columns);
            for (to, weight) in channels.zip(weight.chunks(pitch)) {
                for (to, Terms { taps, factors, .. }) in to.chunks_exact_mut(columns).zip(&list.terms) {
                    let [a, b, c, d] = taps.map(|tap| &weight[tap..tap + columns]);
                    for ((((to, a), b), c), d) in to.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                        *to = factors[0] * a + factors[1] * b + factors[2] * c + factors[3] * d;
                    }
                }
            }
        }
    }

    /// The gradient of a result channel's weights from that of its terms, added.
    pub(crate) fn unweigh(&self, pitch: usize, terms: &[f32], weight: &mut [f32]) {
        let columns = self.columns.len();
        let mut rest = terms;
        for (index, list) in self.lists.iter().enumerate() {
            let of_list;
            (of_list, rest) = rest.split_at(self.rows.reads * self.terms(index));
            let channels = of_list.chunks_exact(list.terms.len() * columns);
            for (from, weight) in channels.zip(weight.chunks_mut(pitch)) {
                for (from, Terms { taps, factors, .. }) in from.chunks_exact(columns).zip(&list.terms) {
                    for (&tap, factor) in taps.iter().zip(factors).filter(|(_, factor)| **factor != 0.0) {
                        for (to, from) in weight[tap..tap + columns].iter_mut().zip(from) {
                            *to += factor * from;
                        }
                    }
                }
            }
        }
    }
}

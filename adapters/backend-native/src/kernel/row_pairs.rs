//! Fewer multiplications: results of two rows at once (Winograd's minimal filtering F(2, 3) and F(2, 2) along the rows; Lavin &
//! Gray, "Fast algorithms for convolutional neural networks", 2016, section 3).
//!
//! Of a pair of result rows one dilation apart, and three taps `a`, `b`, `c` of a column of the kernel that read the rows
//! `x0` to `x3`: the first is `x0 a + x1 b + x2 c`, the second `x1 a + x2 b + x3 c`. With `both = (x1 + x2)(a + b + c)/2`
//! and `apart = (x2 - x1)(a - b + c)/2` they are `both + apart + (x0 - x2) a` and `both - apart - (x1 - x3) c`: four
//! products instead of six. Two taps `a`, `b` take three: `(a + b) x1` in both, `(x0 - x1) a` and `(x2 - x1) b`. Longer
//! columns are cut into one of three and others of two.
//!
//! So results are sums over (input channel, term) pairs as before, in four lists, and what terms read lies at fixed
//! distances in one of four planes: the rows themselves, and their sums and differences with rows below.

use super::lanes::Lanes;
use super::plan::{Axis, Plan};

/// Planes per channel in the scratch buffer: rows, sums and differences with the row one dilation below (lower minus
/// upper), differences with the row two dilations below (upper minus lower).
pub(super) const PLANES: usize = 4;

/// What takes more than this share of the direct way is not done.
const WORTH: f64 = 0.92;
/// Fewer samples are cut into pieces, which copy and add what lies between them twice.
const BATCH: usize = 8;

/// Something to multiply and add.
#[derive(Clone, Debug)]
struct Term {
    plane: usize,
    /// Distance from a start of the first row.
    distance: usize,
    /// The weight: a sum over taps.
    taps: Vec<(usize, f32)>,
}

/// Which results are computed in pairs, and how.
#[derive(Clone, Debug)]
pub(super) struct RowPairs {
    /// First rows of the pairs.
    pub firsts: Vec<usize>,
    /// Rows without another.
    pub rest: Vec<usize>,
    /// Distance between the rows of a pair in the long row.
    pub step: usize,
    /// The same in a result plane.
    pub shift: usize,
    /// Terms that both rows add, that the first adds and the second subtracts, that only the first, only the second adds.
    lists: [Vec<Term>; 4],
}

impl RowPairs {
    /// The pairs of a correlation, if that is worth it for vectors of `width` lanes.
    pub(super) fn new(plan: &Plan, width: usize) -> Option<RowPairs> {
        let height = &plan.axes[1];
        let mut order: Vec<usize> = (0..height.reads.len()).collect();
        order.sort_unstable_by_key(|&tap| height.reads[tap]);
        if order.len() < 2 || !plan.axes.iter().all(Axis::is_contiguous) {
            return None;
        }
        let dilation = height.reads[order[1]] - height.reads[order[0]];
        let mut pairs = RowPairs {
            firsts: Vec::new(),
            rest: Vec::new(),
            step: dilation * plan.pitch[2],
            shift: dilation * plan.axes[2].results,
            lists: std::array::from_fn(|_| Vec::new()),
        };
        for row in (0..height.results).filter(|row| row % (2 * dilation) < dilation) {
            if row + dilation < height.results { pairs.firsts.push(row) } else { pairs.rest.push(row) }
        }
        let (columns, rows) = (plan.axes[2].reads.len(), order.len());
        for depth in 0..plan.axes[0].reads.len() {
            for column in 0..columns {
                let taps: Vec<usize> =
                    order.iter().map(|row| (depth * rows + row) * columns + column).collect();
                pairs.column(&taps, plan.taps[taps[0]].1);
            }
        }
        pairs.is_worth(plan, width).then_some(pairs)
    }

    /// Adds the terms of a column of taps, the first of which reads `distance` from a start.
    fn column(&mut self, taps: &[usize], distance: usize) {
        let [rows, sums, below, far] = [0, 1, 2, 3];
        let step = self.step;
        let mut add = |list: usize, plane, row: usize, taps: &[(usize, f32)]| {
            self.lists[list].push(Term { plane, distance: distance + row * step, taps: taps.to_vec() });
        };
        let mut row = 0;
        if taps.len() % 2 == 1 {
            let [a, b, c] = [taps[0], taps[1], taps[2]];
            add(0, sums, 1, &[(a, 0.5), (b, 0.5), (c, 0.5)]);
            add(1, below, 1, &[(a, 0.5), (b, -0.5), (c, 0.5)]);
            add(2, far, 0, &[(a, 1.0)]);
            add(3, far, 1, &[(c, -1.0)]);
            row = 3;
        }
        while row < taps.len() {
            let [a, b] = [taps[row], taps[row + 1]];
            add(0, rows, row + 1, &[(a, 1.0), (b, 1.0)]);
            add(2, below, row, &[(a, -1.0)]);
            add(3, below, row + 1, &[(b, 1.0)]);
            row += 2;
        }
    }

    /// Whether this takes clearly less than the direct way, in multiply-adds of a vector per input channel.
    fn is_worth(&self, plan: &Plan, width: usize) -> bool {
        // Tests are full of small shapes, for which it hardly ever is: they see some of them all the same.
        if cfg!(test) && plan.writes % 2 == 1 {
            return true;
        }
        if plan.batch < BATCH {
            return false;
        }
        // Narrow planes share vectors; a few are like all.
        let samples = plan.batch.min(plan.interleave.max(4));
        let vectors = |rows: &[usize]| Lanes::new(plan, samples, width, rows).len() as f64;
        let all: Vec<usize> = (0..plan.axes[1].results).collect();
        let (all, firsts, rest) = (vectors(&all), vectors(&self.firsts), vectors(&self.rest));
        let (writes, taps) = (plan.writes as f64, plan.taps.len() as f64);
        let terms = self.terms() as f64;
        // Planes are written, accumulators put aside, and weights added up.
        let planes = 12.0 * all;
        let aside = 14.0 * writes * firsts / plan.reads as f64;
        let weights = 6.0 * writes * terms * samples as f64 / plan.batch as f64;
        let cost = writes * (terms * firsts + taps * rest) + planes + aside + weights;
        cost < WORTH * writes * taps * all
    }

    /// Terms per input channel.
    pub(super) fn terms(&self) -> usize {
        self.lists.iter().map(Vec::len).sum()
    }

    /// Where the first three lists end, for so many input channels.
    pub(super) fn ends(&self, channels: usize) -> [usize; 3] {
        let mut end = 0;
        std::array::from_fn(|list| {
            end += channels * self.lists[list].len();
            end
        })
    }

    /// Distances of all terms of all channels from a start, list after list, in planes of `region` numbers.
    pub(super) fn offsets(&self, channels: usize, region: usize) -> Vec<u32> {
        let mut offsets = Vec::with_capacity(channels * self.terms());
        for list in &self.lists {
            for channel in 0..channels {
                let plane = |term: &Term| (channel * PLANES + term.plane) * region;
                offsets.extend(list.iter().map(|term| (plane(term) + term.distance) as u32));
            }
        }
        offsets
    }

    /// The weights of all terms of one result channel in the same order; tap `t` of input channel `i` is
    /// `weight[i * pitch + t]`.
    pub(super) fn weights(&self, weight: &[f32], pitch: usize, to: &mut [f32]) {
        let channels = to.len() / self.terms().max(1);
        let mut rest = to;
        for list in &self.lists {
            let to;
            (to, rest) = rest.split_at_mut(channels * list.len());
            for (index, term) in list.iter().enumerate() {
                let to = to[index..].iter_mut().step_by(list.len());
                let weights = |&(tap, factor): &(usize, f32)| {
                    weight[tap..].iter().step_by(pitch).map(move |w| factor * w)
                };
                match &term.taps[..] {
                    [a] => to.zip(weights(a)).for_each(|(to, a)| *to = a),
                    [a, b] => to.zip(weights(a)).zip(weights(b)).for_each(|((to, a), b)| *to = a + b),
                    taps => {
                        for (channel, to) in to.enumerate() {
                            let weight =
                                |&(tap, factor): &(usize, f32)| factor * weight[channel * pitch + tap];
                            *to = taps.iter().map(weight).sum();
                        }
                    }
                }
            }
        }
    }
}

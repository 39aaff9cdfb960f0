//! Which way a correlation is computed: a cost model decides whether samples are interleaved, and whether
//! rows are computed directly or in Winograd tiles. It depends on the shape and the vectors alone.

use super::budget::{SCRATCH, UNITS};
use super::correlation::Plan;
use super::lanes::Lanes;
use super::winograd::PlaneResidency;

/// Winograd tiles that cost more than this share of the direct way are not used.
const WORTH: f64 = 0.92;
/// Fewer samples are cut into units, which copy and transform twice what lies between them.
const BATCH: usize = 8;

/// How rows of results are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Tiling {
    /// In the way that costs least, by the cost model: what an engine uses.
    #[default]
    Auto,
    /// One by one.
    #[cfg_attr(not(test), allow(dead_code, reason = "for tests that compare the ways"))]
    Direct,
    /// In Winograd tiles wherever that is possible, with these planes in the scratch buffer; where the
    /// reduction is over pairs, always with all of them.
    #[cfg_attr(not(test), allow(dead_code, reason = "for tests that compare the ways"))]
    Winograd(PlaneResidency),
}

/// What a correlation sums over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reduction {
    /// (Input channel, tap) pairs: the forward pass and the input gradient.
    Pairs,
    /// Positions: the weight gradient.
    Positions,
}

/// The plan as it is computed on vectors of `width` lanes.
pub(crate) fn tiled(plan: Plan, width: usize, reduction: Reduction, tiling: Tiling) -> Plan {
    let plan = interleaved(plan, width);
    let residencies: &[PlaneResidency] = match reduction {
        Reduction::Pairs => &[PlaneResidency::All],
        Reduction::Positions => &[PlaneResidency::All, PlaneResidency::List],
    };
    let tiles = match tiling {
        Tiling::Direct => None,
        Tiling::Winograd(asked) => {
            let residency = if residencies.contains(&asked) { asked } else { PlaneResidency::All };
            plan.in_winograd_tiles(residency)
        }
        Tiling::Auto => cheaper(&plan, width, reduction, residencies),
    };
    tiles.unwrap_or(plan)
}

/// The cheapest of the plans with Winograd tiles, if it is clearly cheaper than the direct one.
fn cheaper(
    direct: &Plan,
    width: usize,
    reduction: Reduction,
    residencies: &[PlaneResidency],
) -> Option<Plan> {
    if direct.batch < BATCH {
        return None;
    }
    // Interleaved samples share vectors, so a few samples stand for all.
    let samples = direct.batch.min(direct.sum.interleave.max(4));
    let cost = |plan: &Plan| cost(plan, samples, width, reduction);
    residencies
        .iter()
        .filter_map(|&residency| direct.in_winograd_tiles(residency))
        .map(|plan| (cost(&plan), plan))
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(tiles, _)| *tiles < WORTH * cost(direct))
        .map(|(_, plan)| plan)
}

/// What a correlation takes, in multiply-adds of a vector per source channel of a group.
fn cost(plan: &Plan, samples: usize, width: usize, reduction: Reduction) -> f64 {
    let vectors = Lanes::new(&plan.sum, samples, width).len() as f64;
    let (reads, writes, terms) = (plan.reads as f64, plan.writes as f64, plan.sum.taps.len() as f64);
    let share = samples as f64 / plan.batch as f64;
    let mut sums = writes * terms * vectors;
    if reduction == Reduction::Positions {
        // Lanes are added up at the end of a unit, which takes as long as some more vectors.
        let fit = SCRATCH as f64 / (1.2 * reads * (plan.sum.phases * width) as f64);
        sums *= 1.0 + 5.0 / (vectors / share / UNITS as f64).min(fit).clamp(1.0, 64.0);
    }
    let Some(winograd) = &plan.winograd else { return sums };
    // The input transform. Two thirds of the rows count in a plane; planes that are resident together read
    // them together.
    let planes = winograd.pieces.iter().map(|piece| piece.planes.len());
    let planes = match winograd.residency {
        PlaneResidency::All => planes.map(|rows| rows * (4 + 2 * rows / 3)).sum::<usize>(),
        PlaneResidency::List => planes.map(|rows| rows * (6 + 5 * rows / 3)).sum::<usize>(),
    };
    let lists = winograd.lists.len() as f64;
    let output = match (reduction, winograd.residency) {
        // The output transform: the sums of lists go to memory, and the results are made of them.
        (Reduction::Pairs, _) => 6.0 * lists + 12.0,
        // Packing: the output gradient is read once, or for every list.
        (Reduction::Positions, PlaneResidency::All) => 7.0 * lists,
        (Reduction::Positions, PlaneResidency::List) => 14.0 * lists,
    };
    sums + 1.3 * vectors * planes as f64 + writes * vectors * output / reads + 6.0 * writes * terms * share
}

/// Interleaves samples where that takes clearly fewer vectors of `width` lanes.
fn interleaved(plan: Plan, width: usize) -> Plan {
    let row = plan.sum.axes[2].results;
    // The fewest samples with which a row fills vectors; each vector is then stored in as many pieces.
    let count = (1..=width).find(|count| (row * count).is_multiple_of(width)).unwrap_or(1);
    if count == 1 || count > plan.batch || (count > 4 && row > 2) {
        return plan;
    }
    let other = plan.sum.interleaved(count);
    let vectors = |geometry| Lanes::new(geometry, plan.batch.min(2 * width), width).len();
    if vectors(&other) * 12 <= vectors(&plan.sum) * 11 { plan.in_geometry(other) } else { plan }
}

//! Drawing a fresh architecture (sections 2.2 and 2.3).

use smash_core::random::Random;

use super::choices::{Block, Choices, Operation};
use super::draw::{self, Convs};
use super::settings::{BLOCKS, Settings};

/// Share of the training after which nothing is annealed any more.
const ANNEALED: f64 = 0.5;
/// Smallest share of a block's budget that is drawn.
const MIN_BUDGET: f64 = 0.3;

/// Annealing position in `[0, 1]` when a share of the training is done.
pub(super) fn annealing(progress: f64) -> f64 {
    (progress / ANNEALED).clamp(0.0, 1.0)
}

/// Draws an architecture; `progress` is the share of the training done.
pub(super) fn sample(settings: &Settings, rank: usize, random: &mut Random, progress: f64) -> Choices {
    let p = annealing(progress);
    let kinds = Convs::new(settings, rank, p);
    Choices { blocks: (0..BLOCKS).map(|b| sample_block(settings, &kinds, random, b, p)).collect() }
}

fn sample_block(settings: &Settings, kinds: &Convs<'_>, random: &mut Random, b: usize, p: f64) -> Block {
    let budget = random.range(MIN_BUDGET, 0.5 + 0.5 * p);
    let bank = random.choose(&settings.bank_sizes(b)).copied().unwrap_or(1);
    let limits = settings.limits(b, bank, budget);
    let (mut filled, mut used) = (limits.initial, 0);
    let mut ops = Vec::with_capacity(16);
    while limits.slices - used >= limits.min_slices {
        let reads = draw::reads(random, &limits, filled, used);
        let width = draw::width(random, settings, &limits, reads.len());
        used += limits.slices_of(reads.len());
        let writes = draw::writes(random, &limits, filled, width);
        filled += writes.iter().filter(|&&bank| bank >= filled).count();
        let convs = draw::mask(random, settings).map(|on| on.then(|| kinds.conv(random)));
        ops.push(Operation { reads, writes, width, convs });
    }
    Block { bank, ops }
}

//! Sampling an architecture (sections 2.2 and 2.3).

use smash_core::random::Random;

use super::choices::{Block, Choices, Operation};
use super::draw::{self, ConvSampler};
use super::settings::{BLOCKS, Settings};

/// Fraction of the training after which annealing is complete.
const ANNEALED: f64 = 0.5;
/// Smallest share of a block's budget that is drawn.
pub(super) const MIN_BUDGET: f64 = 0.3;

/// Annealing position in `[0, 1]` when a fraction `progress` of the training is done.
pub(super) fn annealing(progress: f64) -> f64 {
    (progress / ANNEALED).clamp(0.0, 1.0)
}

/// Samples an architecture; `progress` is the fraction of the training that is done.
pub(super) fn sample(settings: &Settings, rank: usize, random: &mut Random, progress: f64) -> Choices {
    let p = annealing(progress);
    let sampler = ConvSampler::new(settings, rank, p);
    Choices { blocks: (0..BLOCKS).map(|b| sample_block(settings, &sampler, random, b, p)).collect() }
}

fn sample_block(
    settings: &Settings,
    sampler: &ConvSampler<'_>,
    random: &mut Random,
    b: usize,
    p: f64,
) -> Block {
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
        let convs = draw::mask(random, settings).map(|on| on.then(|| sampler.conv(random)));
        ops.push(Operation { reads, writes, width, convs });
    }
    Block { bank, ops }
}

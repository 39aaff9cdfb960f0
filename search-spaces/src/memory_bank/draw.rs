//! The single draws that sampling and mutation share (section 2.3, step 5).

use smallvec::SmallVec;
use smash_core::random::Random;

use super::choices::{Axes, Conv};
use super::rules::WidthRule;
use super::settings::{Limits, Settings};

/// Maximum number of banks under any settings: eight of one unit for each of the 64 units of width.
const MAX_BANKS: usize = 512;

/// Weights of a draw, stored inline up to the usual number.
pub(super) type Weights = SmallVec<[f64; 32]>;

/// Unnormalised probability of each further bank to write: e⁰, e⁻¹, …
pub(super) static COUNT_WEIGHTS: [f64; MAX_BANKS] = {
    let mut weights = [1.0; MAX_BANKS];
    let mut i = 1;
    while i < MAX_BANKS {
        // Division gives the same bits on every platform, unlike exp.
        weights[i] = weights[i - 1] / std::f64::consts::E;
        i += 1;
    }
    weights
};

/// Prefix sums of the weights.
static COUNT_SUMS: [f64; MAX_BANKS] = {
    let mut sums = COUNT_WEIGHTS;
    let mut i = 1;
    while i < MAX_BANKS {
        sums[i] += sums[i - 1];
        i += 1;
    }
    sums
};

/// Draws the banks that an op reads, when banks `0..filled` hold something and `used` slices are taken.
pub(super) fn reads(random: &mut Random, limits: &Limits, filled: usize, used: usize) -> Vec<usize> {
    let count = limits.step * (1 + random.below(filled / limits.step));
    random.distinct(filled, count.min(limits.max_reads(used)))
}

/// Draws the banks that an op of `width` units writes, when banks `0..filled` hold something.
pub(super) fn writes(random: &mut Random, limits: &Limits, filled: usize, width: usize) -> Vec<usize> {
    let (fewest, most) = write_counts(limits, filled, width);
    let count = fewest + random.weighted_of(&COUNT_WEIGHTS[..=most - fewest], COUNT_SUMS[most - fewest]);
    let candidates = filled + fewest.min(limits.banks - filled);
    canonical_writes(random.distinct(candidates, count), filled)
}

/// Minimum and maximum number of banks that an op of `width` units writes: every slice of its output at least
/// once.
pub(super) fn write_counts(limits: &Limits, filled: usize, width: usize) -> (usize, usize) {
    let slices = width / limits.bank;
    (slices, (filled / 2).max(slices))
}

/// Canonical order: ascending, with empty banks renumbered to the first empty ones, so that filled banks stay
/// a prefix.
pub(super) fn canonical_writes(mut banks: Vec<usize>, filled: usize) -> Vec<usize> {
    banks.sort_unstable();
    let old = banks.partition_point(|&bank| bank < filled);
    for (i, bank) in banks[old..].iter_mut().enumerate() {
        *bank = filled + i;
    }
    banks
}

/// Draws the width, in units, of an op that reads `reads` banks.
pub(super) fn width(random: &mut Random, settings: &Settings, limits: &Limits, reads: usize) -> usize {
    (1 + random.weighted(&width_weights(settings, limits, reads))) * limits.bank
}

/// Unnormalised probability of each width, a multiple of the bank's.
pub(super) fn width_weights(settings: &Settings, limits: &Limits, reads: usize) -> Weights {
    let weight = |g: usize| match settings.width_rule {
        WidthRule::Peaked => 1.0 / (0.01 + 10.0 * g.abs_diff(reads * limits.bank) as f64),
        WidthRule::Uniform => 1.0,
    };
    (1..=settings.max_units() / limits.bank).map(|i| weight(i * limits.bank)).collect()
}

/// Draws which convolutions an op has.
pub(super) fn mask(random: &mut Random, settings: &Settings) -> [bool; 4] {
    let masks = settings.masks();
    let weights: Weights = masks.iter().map(|(_, weight)| *weight).collect();
    masks[random.weighted(&weights)].0
}

/// The distribution of convolutions.
pub(super) struct ConvSampler<'a> {
    settings: &'a Settings,
    rank: usize,
    kernels: Vec<usize>,
    groups: Vec<usize>,
}

impl<'a> ConvSampler<'a> {
    /// The distribution at annealing position `p`.
    pub(super) fn new(settings: &'a Settings, rank: usize, p: f64) -> Self {
        Self { settings, rank, kernels: settings.kernels(p), groups: settings.groups() }
    }

    /// Draws a kernel size per axis.
    pub(super) fn kernel(&self, random: &mut Random) -> Axes {
        (0..self.rank).map(|_| random.choose(&self.kernels).copied().unwrap_or(3)).collect()
    }

    /// Draws a dilation per axis for a kernel.
    pub(super) fn dilation(&self, random: &mut Random, kernel: &[usize]) -> Axes {
        kernel.iter().map(|&k| 1 + random.below(self.settings.max_dilation_of(k))).collect()
    }

    /// Draws a number of groups.
    pub(super) fn groups(&self, random: &mut Random) -> usize {
        random.choose(&self.groups).copied().unwrap_or(1)
    }

    /// Draws a convolution.
    pub(super) fn conv(&self, random: &mut Random) -> Conv {
        let kernel = self.kernel(random);
        let dilation = self.dilation(random, &kernel);
        Conv { dilation, groups: self.groups(random), kernel }
    }
}

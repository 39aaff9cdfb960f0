//! Conversion of architectures from other settings or another task into this space.
//!
//! Banks, reads, writes, widths and groups are kept, in units, as far as this space's rules allow. An
//! architecture that gains axes gets kernels of 3 on every axis, as in the paper's conversion to voxels
//! (section 3.5). Conversion is deterministic, and an architecture that is valid in this space is returned
//! unchanged.

use smash_core::random::Seed;

use super::choices::{Axes, Block, Choices, Conv, Operation};
use super::mutate::mutate;
use super::settings::{Limits, Settings};

/// The nearest valid choices to `from`, which may violate any rule but the number of blocks.
pub(super) fn convert(settings: &Settings, rank: usize, from: &Choices) -> Choices {
    let conversion = Conversion { settings, rank, kernels: settings.kernels(1.0) };
    let blocks = from.blocks.iter().enumerate().map(|(b, block)| conversion.block(b, block)).collect();
    // Ops that have too few banks or exceed the budget are repaired as after a mutation.
    mutate(settings, rank, &Choices { blocks }, &mut Seed::new(0).split("convert").random(), 0.0)
}

struct Conversion<'a> {
    settings: &'a Settings,
    rank: usize,
    kernels: Vec<usize>,
}

impl Conversion<'_> {
    fn block(&self, b: usize, from: &Block) -> Block {
        let sizes = self.settings.bank_sizes(b);
        let bank = nearest(&sizes, from.bank);
        let limits = self.settings.limits(b, bank, 1.0);
        Block { bank, ops: from.ops.iter().map(|op| self.op(&limits, op)).collect() }
    }

    fn op(&self, limits: &Limits, from: &Operation) -> Operation {
        let most = self.settings.max_units() / limits.bank;
        let width = (from.width / limits.bank).clamp(1, most) * limits.bank;
        let mut reads = ascending(&from.reads);
        let whole = reads.len() / limits.step * limits.step;
        if whole > 0 {
            reads.truncate(whole);
        }
        Operation { reads, writes: ascending(&from.writes), width, convs: self.convs(&from.convs) }
    }

    fn convs(&self, from: &[Option<Conv>; 4]) -> [Option<Conv>; 4] {
        let mask = std::array::from_fn(|j| from[j].is_some());
        let masks = self.settings.masks();
        let differing = |allowed: &[bool; 4]| allowed.iter().zip(&mask).filter(|(a, b)| a != b).count();
        let nearest = masks.iter().map(|(allowed, _)| *allowed).min_by_key(differing).unwrap_or(mask);
        // A convolution that is required but missing is copied from another of the same op.
        let model = from.iter().flatten().next();
        std::array::from_fn(|j| {
            nearest[j].then(|| self.conv(from[j].as_ref().or(model).unwrap_or(&Self::plain())))
        })
    }

    fn plain() -> Conv {
        Conv { kernel: Axes::new(), dilation: Axes::new(), groups: 1 }
    }

    fn conv(&self, from: &Conv) -> Conv {
        let known = from.kernel.len();
        let gains = known < self.rank;
        let mut conv = Conv {
            kernel: Axes::new(),
            dilation: Axes::new(),
            groups: nearest(&self.settings.groups(), from.groups),
        };
        let first = from.dilation.first().copied().unwrap_or(1);
        for axis in 0..self.rank {
            let kernel = match from.kernel.get(axis) {
                Some(&kernel) if !gains => nearest(&self.kernels, kernel),
                _ => 3,
            };
            let most = self.settings.max_dilation_of(kernel);
            conv.dilation.push(match from.dilation.get(axis) {
                Some(&dilation) => dilation.clamp(1, most),
                None if (1..=most).contains(&first) => first,
                None => 1,
            });
            conv.kernel.push(kernel);
        }
        conv
    }
}

/// The item nearest to `wanted`, of two the smaller; `allowed` is ascending.
fn nearest(allowed: &[usize], wanted: usize) -> usize {
    allowed.iter().copied().min_by_key(|item| item.abs_diff(wanted)).unwrap_or(1)
}

fn ascending(banks: &[usize]) -> Vec<usize> {
    let mut banks = banks.to_vec();
    banks.sort_unstable();
    banks.dedup();
    banks
}

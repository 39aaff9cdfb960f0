//! Mutation: a valid neighbour of an architecture (section 6.2).
//!
//! Bank sizes and the order of ops are kept. Choices that an earlier change makes invalid are repaired with
//! as few further changes as possible; ops for which no budget is left are dropped.

use smash_core::random::Random;

use super::choices::{Block, Choices, Conv, Operation};
use super::draw::{self, ConvSampler};
use super::settings::{Limits, Settings};

/// Redraws each decision of `base` with probability `rate`. Reads, writes and the number of ops of `base`
/// need not be valid: they are repaired.
pub(super) fn mutate(
    settings: &Settings,
    rank: usize,
    base: &Choices,
    random: &mut Random,
    rate: f64,
) -> Choices {
    let mut mutation = Mutation { settings, sampler: ConvSampler::new(settings, rank, 1.0), random, rate };
    Choices { blocks: base.blocks.iter().enumerate().map(|(b, block)| mutation.block(b, block)).collect() }
}

struct Mutation<'a> {
    settings: &'a Settings,
    sampler: ConvSampler<'a>,
    random: &'a mut Random,
    rate: f64,
}

impl Mutation<'_> {
    fn coin(&mut self) -> bool {
        self.random.coin(self.rate)
    }

    fn block(&mut self, b: usize, base: &Block) -> Block {
        let limits = self.settings.limits(b, base.bank, 1.0);
        let (mut filled, mut used) = (limits.initial, 0);
        let mut ops = Vec::with_capacity(base.ops.len());
        for op in &base.ops {
            if limits.slices - used < limits.min_slices {
                break;
            }
            let op = self.op(&limits, op, filled, used);
            used += limits.slices_of(op.reads.len());
            filled += op.writes.iter().filter(|&&bank| bank >= filled).count();
            ops.push(op);
        }
        Block { bank: base.bank, ops }
    }

    fn op(&mut self, limits: &Limits, base: &Operation, filled: usize, used: usize) -> Operation {
        let readable =
            base.reads.len().is_multiple_of(limits.step) && base.reads.iter().all(|&bank| bank < filled);
        let reads = if self.coin() || base.reads.is_empty() || !readable {
            draw::reads(self.random, limits, filled, used)
        } else {
            self.subset(base.reads.clone(), limits.max_reads(used))
        };
        let width = if self.coin() {
            draw::width(self.random, self.settings, limits, reads.len())
        } else {
            base.width
        };
        let writes = if self.coin() {
            draw::writes(self.random, limits, filled, width)
        } else {
            self.repaired_writes(limits, &base.writes, filled, width)
        };
        Operation { reads, writes, width, convs: self.convs(&base.convs) }
    }

    /// A random subset of at most `most` items, in their order.
    fn subset(&mut self, items: Vec<usize>, most: usize) -> Vec<usize> {
        if items.len() <= most {
            return items;
        }
        self.random.distinct(items.len(), most).into_iter().map(|i| items[i]).collect()
    }

    /// The old writes that an op of `width` units may still write, and as few others as it needs.
    fn repaired_writes(
        &mut self,
        limits: &Limits,
        base: &[usize],
        filled: usize,
        width: usize,
    ) -> Vec<usize> {
        let (fewest, most) = draw::write_counts(limits, filled, width);
        let candidates = filled + fewest.min(limits.banks - filled);
        // An old write to a bank that is empty now goes to the next empty bank.
        let mut kept = draw::canonical_writes(base.to_vec(), filled);
        kept.retain(|&bank| bank < candidates);
        let mut kept = self.subset(kept, most);
        if kept.len() < fewest {
            let mut others: Vec<usize> = (0..candidates).filter(|bank| !kept.contains(bank)).collect();
            self.random.shuffle(&mut others);
            kept.extend(others.into_iter().take(fewest - kept.len()));
        }
        draw::canonical_writes(kept, filled)
    }

    fn convs(&mut self, base: &[Option<Conv>; 4]) -> [Option<Conv>; 4] {
        let mut convs = base.clone();
        if self.coin() {
            for (conv, on) in convs.iter_mut().zip(draw::mask(self.random, self.settings)) {
                *conv = on.then(|| {
                    // A convolution present before and after is kept unchanged.
                    conv.take().unwrap_or_else(|| self.sampler.conv(self.random))
                });
            }
        }
        let (kernel, dilation, groups) = (self.coin(), self.coin(), self.coin());
        for conv in convs.iter_mut().flatten() {
            if kernel {
                conv.kernel = self.sampler.kernel(self.random);
            }
            // The range of dilations depends on the kernel: a larger kernel allows less.
            if kernel || dilation {
                conv.dilation = self.sampler.dilation(self.random, &conv.kernel);
            }
            if groups {
                conv.groups = self.sampler.groups(self.random);
            }
        }
        convs
    }
}

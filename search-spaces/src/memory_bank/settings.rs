//! The settings of a space, and the quantities that follow from them (sections 2.1 to 2.3, 3.3).

use smash_core::error::Problem;
use smash_core::space::WeightScheme;

use super::mode::{Norm, Switches};
use super::rules::{BankSize, BottleneckRule, Ops, Stem, WidthRule};

/// Number of blocks of a network; each but the last is followed by a transition that halves the extents.
pub const BLOCKS: usize = 3;

/// The complete settings of a memory-bank space. They satisfy all rules, since only
/// [`MemoryBankConfig::resolve`](super::MemoryBankConfig::resolve) makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub(super) unit: usize,
    pub(super) max_width: usize,
    pub(super) depth: usize,
    pub(super) width: usize,
    pub(super) compression: usize,
    pub(super) ops: Ops,
    pub(super) max_kernel: usize,
    pub(super) max_dilation: usize,
    pub(super) max_groups: usize,
    pub(super) bottleneck: usize,
    pub(super) bottleneck_rule: BottleneckRule,
    pub(super) stem: Stem,
    pub(super) width_rule: WidthRule,
    pub(super) bank_size: BankSize,
    pub(super) switches: Switches,
    /// Maximum channels of a 1×1 convolution as a multiple of `max_width`.
    pub(super) bottleneck_cap: usize,
    pub(super) norm: Norm,
}

/// The limits of one block, given its bank size and its share of the budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Units per bank.
    pub(super) bank: usize,
    /// Number of banks that the block's input fills.
    pub(super) initial: usize,
    /// Maximum number of banks.
    pub(super) banks: usize,
    /// The number of banks read is a multiple of this, so that every op starts at a column of the plane.
    pub(super) step: usize,
    /// Read budget: slices (columns of the plane) that all ops together may read.
    pub(super) slices: usize,
    /// Minimum number of slices of an op.
    pub(super) min_slices: usize,
    compression: usize,
}

impl Limits {
    /// No limits, for a single block.
    pub(super) fn unlimited(bank: usize, initial: usize) -> Self {
        let most = usize::MAX;
        Self { bank, initial, banks: most, step: 1, slices: most, min_slices: 1, compression: 1 }
    }

    /// Number of slices in `reads` banks.
    pub(super) fn slices_of(&self, reads: usize) -> usize {
        reads * self.bank / self.compression
    }

    /// Maximum number of banks that an op may read when `used` slices are taken.
    pub(super) fn max_reads(&self, used: usize) -> usize {
        let left = self.slices.saturating_sub(used) * self.compression / self.bank;
        left.min(self.banks) / self.step * self.step
    }
}

impl Settings {
    /// Maximum width of an op in units (k = N_max / N).
    pub(super) fn max_units(&self) -> usize {
        self.max_width / self.unit
    }

    /// Input channels of each block.
    pub fn inputs(&self) -> [usize; BLOCKS] {
        let base = 2 * self.unit;
        let [mut inputs, widths] = [[base * self.width; BLOCKS], self.widths()];
        for b in 1..BLOCKS {
            inputs[b] = widths[b - 1] / 2 / base * base;
        }
        inputs
    }

    /// Maximum channels of all banks of each block together.
    pub fn widths(&self) -> [usize; BLOCKS] {
        let base = 2 * self.unit;
        let grown = 2 * base * self.width;
        let first = base * self.width + grown;
        let second = first / 2 / base * base + grown;
        [first, second, 4 * base * self.width]
    }

    /// Read budget of each block, in channels over all its ops.
    pub fn budgets(&self) -> [usize; BLOCKS] {
        let typical = self.depth * 2 * self.unit * self.width;
        let inputs = self.inputs();
        std::array::from_fn(|b| inputs[b] + (typical << b))
    }

    /// Maximum number of banks in any block, with banks one unit wide.
    pub(super) fn max_banks(&self) -> usize {
        self.widths()[BLOCKS - 1] / self.unit
    }

    /// Bank sizes that block `b` may have. Reads must come in whole slices, so a size that the compression
    /// does not divide needs enough banks at the start.
    pub(super) fn bank_sizes(&self, b: usize) -> Vec<usize> {
        let input = self.inputs()[b];
        let d = self.compression;
        let most = if self.bank_size == BankSize::One { 1 } else { self.max_units() };
        (1..=most).filter(|i| i % d == 0 || input / (i * self.unit) >= d).collect()
    }

    /// The limits of block `b` with banks of `bank` units and the share `budget` of its budget.
    pub(super) fn limits(&self, b: usize, bank: usize, budget: f64) -> Limits {
        let d = self.compression;
        let channels = bank * self.unit;
        let initial = self.inputs()[b] / channels;
        let grown = (budget * (self.depth * self.max_units()) as f64).ceil() as usize / bank;
        let step = if bank.is_multiple_of(d) { 1 } else { d };
        Limits {
            bank,
            initial,
            banks: (initial + grown).min(self.widths()[b] / channels),
            step,
            slices: (budget * self.budgets()[b] as f64 / (self.unit * d) as f64).floor() as usize,
            min_slices: bank * step / d,
            compression: d,
        }
    }

    /// Kernel sizes allowed at annealing position `p` in `[0, 1]`.
    pub(super) fn kernels(&self, p: f64) -> Vec<usize> {
        // Section 2.2: an even intermediate value already admits the next odd size.
        let now = 3 + (((self.max_kernel - 3) / 2) as f64 * p * 2.0).trunc() as usize;
        (3..now + 2).step_by(2).collect()
    }

    /// Maximum dilation for a kernel size.
    pub(super) fn max_dilation_of(&self, kernel: usize) -> usize {
        (self.max_dilation + 1).saturating_sub(kernel / 2).max(1)
    }

    /// Allowed numbers of groups: since channel counts are multiples of the unit, the unit's divisors.
    pub(super) fn groups(&self) -> Vec<usize> {
        (1..=self.max_groups.min(self.unit)).filter(|g| self.unit.is_multiple_of(*g)).collect()
    }

    /// The sets of convolutions that an op may have, each with its probability.
    pub(super) fn masks(&self) -> &'static [([bool; 4], f64)] {
        const T: bool = true;
        const F: bool = false;
        match self.ops {
            Ops::Single => &[([T, F, F, F], 1.0)],
            Ops::Variable => &[
                ([T, F, F, F], 0.05),
                ([T, F, T, F], 0.10),
                ([T, T, F, F], 0.15),
                ([T, T, T, F], 0.25),
                ([T, T, T, T], 0.45),
            ],
            Ops::Big => &[([T, T, T, T], 1.0)],
        }
    }

    /// Output channels of the 1×1 convolution (bottleneck) of an op of `width` units that reads `read`
    /// channels.
    ///
    /// The same in the one-shot and the stand-alone scheme, so that the network that is scored is the one
    /// that is retrained, unless [`one_shot_is_capped`](Switches::one_shot_is_capped).
    pub(super) fn bottleneck(&self, scheme: WeightScheme, read: usize, width: usize) -> usize {
        let output = width * self.unit;
        let inner = match self.bottleneck_rule {
            BottleneckRule::Floor => {
                let widths = (read / output).clamp(1, self.bottleneck);
                (widths * output).min(read).min(self.max_bottleneck())
            }
            BottleneckRule::Constant => self.bottleneck * output,
        };
        if scheme == WeightScheme::OneShot { inner.min(self.generated_columns()) } else { inner }
    }

    /// Maximum output channels of a 1×1 convolution that the HyperNet generates weights for.
    pub(super) fn generated_columns(&self) -> usize {
        if self.switches.one_shot_is_capped { self.max_width } else { self.max_bottleneck() }
    }

    /// Maximum output channels of a 1×1 convolution.
    pub(super) fn max_bottleneck(&self) -> usize {
        match self.bottleneck_rule {
            BottleneckRule::Floor => self.bottleneck_cap * self.max_width,
            BottleneckRule::Constant => self.bottleneck * self.max_width,
        }
    }

    /// All violated rules.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        let ranges = [
            ("/unit", self.unit, 1, 64),
            ("/max_width", self.max_width, 1, 512),
            ("/depth", self.depth, 1, 64),
            ("/width", self.width, 1, 64),
            ("/compression", self.compression, 1, 16),
            ("/max_kernel", self.max_kernel, 3, 15),
            ("/max_dilation", self.max_dilation, 1, 8),
            ("/max_groups", self.max_groups, 1, 64),
            ("/bottleneck", self.bottleneck, 1, 8),
            ("/max_bottleneck", self.bottleneck_cap, 1, 8),
            ("/stem/kernel", self.stem.kernel, 1, 15),
            ("/stem/stride", self.stem.stride, 1, 4),
        ];
        for (pointer, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                out.push(Problem::new(pointer, format!("expected {low} to {high}, found {value}")));
            }
        }
        for (pointer, kernel) in [("/max_kernel", self.max_kernel), ("/stem/kernel", self.stem.kernel)] {
            if kernel.is_multiple_of(2) {
                out.push(Problem::new(pointer, format!("expected an odd kernel size, found {kernel}")));
            }
        }
        // The rules below divide by these numbers.
        if out.is_empty() {
            self.width_problems(&mut out);
        }
        out
    }

    fn width_problems(&self, out: &mut Vec<Problem>) {
        let (unit, widest) = (self.unit, self.max_width);
        if !widest.is_multiple_of(unit) {
            let message = format!("expected a multiple of unit = {unit}, found {widest}");
            return out.push(Problem::new("/max_width", message));
        }
        let inputs = self.inputs();
        if let Some(b) = (0..BLOCKS).find(|&b| inputs[b] < widest) {
            // Otherwise a bank could be wider than the block's input, which leaves no bank to read from
            // (section 2.1).
            let fits = |w: &usize| Self { width: *w, ..self.clone() }.inputs().iter().all(|&i| widest <= i);
            let raise =
                (self.width..=64).find(fits).map_or(String::new(), |w| format!("raise width to {w} or "));
            out.push(Problem::new(
                "/max_width",
                format!(
                    "N_max {widest} exceeds the input width in[{b}]={} of block {b}; {raise}lower max_width to {}",
                    inputs[b],
                    inputs.iter().min().map_or(unit, |i| i / unit * unit)
                ),
            ));
        } else if let Some(b) = (0..BLOCKS).find(|&b| self.bank_sizes(b).is_empty()) {
            out.push(Problem::new(
                "/compression",
                format!(
                    "no bank size of block {b} can be read in slices of {} units: its input has {} units; lower \
                     compression or raise width",
                    self.compression,
                    inputs[b] / unit
                ),
            ));
        }
    }
}

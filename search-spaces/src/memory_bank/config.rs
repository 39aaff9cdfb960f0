//! The configuration of the space, and its validation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::error::{Problem, Result};
use smash_core::task::Task;

use super::mode::{Mode, Norm};
use super::preset::Preset;
use super::rules::{BankSize, BottleneckRule, Ops, Stem, WidthRule};
use super::settings::Settings;
use super::space::MemoryBank;

/// The memory-bank search space: a preset, and the values that differ from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryBankConfig {
    /// Preset of all values that are not given here; `tiny` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Channels of one unit (N in the paper); all widths are multiples of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub unit: Option<usize>,
    /// Maximum channels of an op and of a bank; a multiple of `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 512))]
    pub max_width: Option<usize>,
    /// Depth factor: the number of ops of typical width that the read budget of a block allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub depth: Option<usize>,
    /// Width factor: the first block starts with `2·unit·width` channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub width: Option<usize>,
    /// Units of read channels that one column of the HyperNet's plane stands for (D in the paper).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 16))]
    pub compression: Option<usize>,
    /// Which convolutions an op may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops: Option<Ops>,
    /// Largest kernel size per axis; odd. Kernel sizes are 3, 5, … up to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 3, max = 15))]
    pub max_kernel: Option<usize>,
    /// Largest dilation of a kernel of size 3; each next kernel size allows one less, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub max_dilation: Option<usize>,
    /// Maximum number of groups of a convolution; the divisors of `unit` up to it are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub max_groups: Option<usize>,
    /// Factor of the bottleneck rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub bottleneck: Option<usize>,
    /// Output channels of the 1×1 convolution of an op (bottleneck).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bottleneck_rule: Option<BottleneckRule>,
    /// The first convolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem: Option<Stem>,
    /// Distribution of the width of an op.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width_rule: Option<WidthRule>,
    /// Possible widths of the banks of a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_size: Option<BankSize>,
    /// Whether the defects of the authors' released code are reproduced; `fixed` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Maximum channels of a 1×1 convolution, as a multiple of `max_width`, under the bottleneck rule
    /// `floor`; if not given, 1, and 2 in the mode `reference`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub max_bottleneck: Option<usize>,
    /// Batch norm inside an op of stand-alone networks; `sandwich` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<Norm>,
}

impl MemoryBankConfig {
    /// The complete settings; values that are not given come from the preset.
    ///
    /// # Errors
    /// For the first violated rule of [`validate`](Self::validate).
    pub fn resolve(&self) -> Result<Settings> {
        let settings = self.merged();
        match settings.problems().into_iter().next() {
            None => Ok(settings),
            Some(problem) => Err(smash_core::Error::Invalid(problem)),
        }
    }

    /// All violated rules, with JSON pointers into this configuration.
    pub fn validate(&self) -> Vec<Problem> {
        self.merged().problems()
    }

    /// The same configuration with every value written out, so that it no longer depends on a preset.
    #[must_use]
    pub fn resolved(&self) -> Self {
        let s = self.merged();
        Self {
            preset: self.preset,
            unit: Some(s.unit),
            max_width: Some(s.max_width),
            depth: Some(s.depth),
            width: Some(s.width),
            compression: Some(s.compression),
            ops: Some(s.ops),
            max_kernel: Some(s.max_kernel),
            max_dilation: Some(s.max_dilation),
            max_groups: Some(s.max_groups),
            bottleneck: Some(s.bottleneck),
            bottleneck_rule: Some(s.bottleneck_rule),
            stem: Some(s.stem),
            width_rule: Some(s.width_rule),
            bank_size: Some(s.bank_size),
            // These are not part of any preset.
            mode: self.mode,
            max_bottleneck: self.max_bottleneck,
            norm: self.norm,
        }
    }

    /// The space for one task.
    ///
    /// # Errors
    /// When a rule is broken, or the task has no channels, classes or extents, or more than three extents.
    pub fn build(&self, task: &Task) -> Result<MemoryBank> {
        MemoryBank::new(self.resolve()?, task)
    }

    fn merged(&self) -> Settings {
        let base = self.preset.unwrap_or_default().settings();
        let mode = self.mode.unwrap_or_default();
        Settings {
            unit: self.unit.unwrap_or(base.unit),
            max_width: self.max_width.unwrap_or(base.max_width),
            depth: self.depth.unwrap_or(base.depth),
            width: self.width.unwrap_or(base.width),
            compression: self.compression.unwrap_or(base.compression),
            ops: self.ops.unwrap_or(base.ops),
            max_kernel: self.max_kernel.unwrap_or(base.max_kernel),
            max_dilation: self.max_dilation.unwrap_or(base.max_dilation),
            max_groups: self.max_groups.unwrap_or(base.max_groups),
            bottleneck: self.bottleneck.unwrap_or(base.bottleneck),
            bottleneck_rule: self.bottleneck_rule.unwrap_or(base.bottleneck_rule),
            stem: self.stem.unwrap_or(base.stem),
            width_rule: self.width_rule.unwrap_or(base.width_rule),
            bank_size: self.bank_size.unwrap_or(base.bank_size),
            switches: mode.switches(),
            bottleneck_cap: self.max_bottleneck.unwrap_or(mode.max_bottleneck()),
            norm: self.norm.unwrap_or_default(),
        }
    }
}

//! What a job may say about the space, and the rules that tie its numbers together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::error::{Problem, Result};
use smash_core::task::Task;

use super::mode::{Mode, Norm};
use super::preset::Preset;
use super::settings::Settings;
use super::space::MemoryBank;

/// Which of the four k×k convolutions an op may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ops {
    /// One convolution.
    Single,
    /// One to four convolutions on two parallel paths, drawn per op.
    Variable,
    /// Always four convolutions, two on each of two parallel paths.
    Big,
}

/// How the width of an op is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WidthRule {
    /// Mostly as wide as what the op reads.
    Peaked,
    /// Every width equally likely.
    Uniform,
}

/// How many units wide the banks of a block may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BankSize {
    /// Any number of units up to the maximum width, drawn per block.
    Any,
    /// Always one unit.
    One,
}

/// How many channels the 1×1 convolution of an op makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BottleneckRule {
    /// As many whole op widths as are read, at most `bottleneck` of them, at most `max_width` channels.
    Floor,
    /// Always `bottleneck` op widths; the HyperNet gets `bottleneck` times as many rows.
    Constant,
}

/// The first convolution of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stem {
    /// Kernel size on every axis; odd.
    #[schemars(range(min = 1, max = 15))]
    pub kernel: usize,
    /// Stride on every axis.
    #[schemars(range(min = 1, max = 4))]
    pub stride: usize,
}

/// The memory-bank search space: a preset, and what differs from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryBankConfig {
    /// Where the values come from that are not given here; `tiny` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Channels of one unit (N in the paper); all widths are multiples of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub unit: Option<usize>,
    /// Most channels of an op and of a bank; a multiple of `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 512))]
    pub max_width: Option<usize>,
    /// Depth factor: how many ops of typical width the reading budget of a block is made for.
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
    /// Largest kernel size per axis; odd. Kernels are 3, 5, … up to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 3, max = 15))]
    pub max_kernel: Option<usize>,
    /// Largest dilation of a 3-kernel; each next kernel size may have one less, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub max_dilation: Option<usize>,
    /// Most groups of a convolution; the divisors of `unit` up to it are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub max_groups: Option<usize>,
    /// Factor of the bottleneck rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub bottleneck: Option<usize>,
    /// How many channels the 1×1 convolution of an op makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bottleneck_rule: Option<BottleneckRule>,
    /// The first convolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem: Option<Stem>,
    /// How the width of an op is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width_rule: Option<WidthRule>,
    /// How many units wide the banks of a block may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_size: Option<BankSize>,
    /// Whether the defects of the authors' released code are repeated; `fixed` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Most channels of a 1×1 convolution, as a multiple of `max_width`, under the bottleneck rule `floor`; if not
    /// given, 1, and 2 in the mode `reference`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub max_bottleneck: Option<usize>,
    /// Where stand-alone networks normalise inside an op; `sandwich` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<Norm>,
}

impl MemoryBankConfig {
    /// All settings, those not given taken from the preset.
    ///
    /// # Errors
    /// The first broken rule of [`validate`](Self::validate).
    pub fn resolve(&self) -> Result<Settings> {
        let settings = self.merged();
        match settings.problems().into_iter().next() {
            None => Ok(settings),
            Some(problem) => Err(smash_core::Error::Invalid(problem)),
        }
    }

    /// Every broken rule, with a JSON pointer into this configuration.
    pub fn validate(&self) -> Vec<Problem> {
        self.merged().problems()
    }

    /// The same space with every value written out, so that it no longer depends on what a preset means.
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
            // No preset sets these.
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

//! Named presets of the configuration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mode::{Mode, Norm};
use super::rules::{BankSize, BottleneckRule, Ops, Stem, WidthRule};
use super::settings::Settings;

/// A preset: a named set of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Small networks for a laptop: on average 27M multiply-accumulates and 0.09M parameters at 32×32.
    #[default]
    Tiny,
    /// The first space of the paper: banks of 6 channels, one 3×3 convolution per op, up to 240 banks.
    SmashV1,
    /// The second space of the paper: one to four convolutions per op, banks of 8 to 64 channels, up to 16M
    /// parameters.
    SmashV2,
    /// Small networks for voxels, on average 130M multiply-accumulates at 32³: a stem of stride 2, so that
    /// the blocks of 32³ voxels work on 16³, 8³ and 4³, and 3×3×3 convolutions.
    #[serde(rename = "tiny_3d")]
    Tiny3d,
}

impl Preset {
    /// The settings of this preset.
    pub(super) fn settings(self) -> Settings {
        match self {
            Self::Tiny => Settings {
                unit: 8,
                max_width: 24,
                depth: 4,
                width: 2,
                compression: 2,
                ops: Ops::Single,
                max_kernel: 5,
                max_dilation: 2,
                max_groups: 4,
                bottleneck: 4,
                bottleneck_rule: BottleneckRule::Floor,
                stem: Stem { kernel: 3, stride: 1 },
                width_rule: WidthRule::Peaked,
                bank_size: BankSize::Any,
                switches: Mode::Fixed.switches(),
                bottleneck_cap: 1,
                norm: Norm::Sandwich,
            },
            // The widths, banks and budgets of `tiny`, so that an architecture found there converts without
            // loss.
            Self::Tiny3d => {
                Settings { max_kernel: 3, stem: Stem { kernel: 3, stride: 2 }, ..Self::Tiny.settings() }
            }
            // Section 2.5: 8·width banks of one unit at most, so width 30 gives the 240 of the paper; with a
            // depth of 10, one sample in fourteen has more than 5M parameters, which the paper calls rare.
            Self::SmashV1 => Settings {
                unit: 6,
                max_width: 42,
                depth: 10,
                width: 30,
                compression: 3,
                ops: Ops::Single,
                max_kernel: 3,
                max_dilation: 3,
                max_groups: 1,
                bottleneck: 4,
                bottleneck_rule: BottleneckRule::Constant,
                stem: Stem { kernel: 7, stride: 1 },
                width_rule: WidthRule::Uniform,
                bank_size: BankSize::One,
                switches: Mode::Fixed.switches(),
                bottleneck_cap: 1,
                norm: Norm::Sandwich,
            },
            Self::SmashV2 => Settings {
                unit: 8,
                max_width: 64,
                depth: 12,
                width: 12,
                compression: 2,
                ops: Ops::Variable,
                max_kernel: 7,
                max_dilation: 3,
                max_groups: 8,
                bottleneck: 4,
                bottleneck_rule: BottleneckRule::Floor,
                stem: Stem { kernel: 7, stride: 1 },
                width_rule: WidthRule::Peaked,
                bank_size: BankSize::Any,
                switches: Mode::Fixed.switches(),
                bottleneck_cap: 1,
                norm: Norm::Sandwich,
            },
        }
    }
}

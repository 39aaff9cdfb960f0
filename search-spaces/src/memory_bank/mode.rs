//! The defects of the authors' released code, one named switch for each.
//!
//! There is one implementation; [`Mode`] only sets the switches. Measurements made with the authors' code can
//! thus be reproduced, and no other code depends on the mode.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the space reproduces the defects of the authors' released code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// All defects are fixed.
    #[default]
    Fixed,
    /// All defects are kept, which gives the same numbers as the authors' network. Needs
    /// `weight_norm: frobenius` of the HyperNet.
    Reference,
}

/// Batch norm inside an op of a stand-alone network, in addition to that before its 1×1 convolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// A second batch norm after the 1×1 convolution.
    #[default]
    Sandwich,
    /// Batch norm before every k×k convolution, none after the 1×1 convolution.
    Full,
}

/// The defects (sections 4.2 and 9.2), each kept where its switch is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each with its name")]
pub(super) struct Switches {
    /// The groups field starts one channel early: one group sets the last channel of the field before it, and
    /// the field's own last channel is never set.
    pub(super) groups_off_by_one: bool,
    /// A kernel field has as many channels as there are kernel sizes at this annealing position, though three
    /// are reserved: mask and groups move to higher channels whenever a size is added.
    pub(super) kernel_layout_drifts: bool,
    /// A convolution that is present sets its channel of the op mask to the background value, so the field
    /// carries no information.
    pub(super) mask_as_background: bool,
    /// The columns of a bank end at quotient plus remainder instead of the ceiling: for a compression above
    /// 2, the encoding of an op spills into the columns of the next one.
    pub(super) remainder_columns: bool,
    /// The generated matrix has `max_width` columns whatever `max_bottleneck` is, so a 1×1 convolution is
    /// narrower in the one-shot network than in the stand-alone one.
    pub(super) one_shot_is_capped: bool,
    /// A trained network keeps the running averages of its batch-norm statistics, which lag behind its
    /// weights.
    pub(super) keeps_running_statistics: bool,
}

impl Mode {
    /// The switches of this mode.
    pub(super) const fn switches(self) -> Switches {
        let keep = matches!(self, Self::Reference);
        Switches {
            groups_off_by_one: keep,
            kernel_layout_drifts: keep,
            mask_as_background: keep,
            remainder_columns: keep,
            one_shot_is_capped: keep,
            keeps_running_statistics: keep,
        }
    }

    /// The default of `max_bottleneck`.
    pub(super) fn max_bottleneck(self) -> usize {
        match self {
            Self::Fixed => 1,
            Self::Reference => 2,
        }
    }
}

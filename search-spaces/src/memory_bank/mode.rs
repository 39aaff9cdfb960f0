//! What the authors' released code does otherwise than it should, one named switch for each.
//!
//! There is one implementation; [`Mode`] only sets the switches. What was measured with the reference can be measured
//! again, and nothing else has to know of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the space repeats the defects of the authors' released code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The defects are repaired.
    #[default]
    Fixed,
    /// Every defect is kept: the same numbers as the authors' network. Needs `weight_norm: frobenius` of the HyperNet.
    Reference,
}

/// Where a stand-alone network normalises inside an op, beside before its 1×1 convolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Once more after the 1×1 convolution.
    #[default]
    Sandwich,
    /// Before every k×k convolution, not after the 1×1 convolution.
    Full,
}

/// The defects (sections 4.2 and 9.2), each kept where its switch is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each with its name")]
pub(super) struct Switches {
    /// The groups field starts one channel early: one group sets the last channel of the field before it, and the
    /// field's own last channel is never set.
    pub(super) groups_off_by_one: bool,
    /// A kernel field is as long as there are kernel sizes at this point of the annealing, though room is kept for
    /// three: mask and groups move to higher channels whenever a size is added.
    pub(super) kernel_layout_drifts: bool,
    /// A convolution that is there sets its channel of the op mask to the background value, so the field says nothing.
    pub(super) mask_as_background: bool,
    /// The columns of a bank end at quotient plus remainder in place of the ceiling: for a compression above 2, what
    /// describes an op spills into the columns of the next one.
    pub(super) remainder_columns: bool,
    /// The generated matrix has `max_width` columns whatever `max_bottleneck` is, so a 1×1 convolution is narrower in
    /// the one-shot network than in the stand-alone one.
    pub(super) one_shot_is_capped: bool,
}

impl Mode {
    /// Its switches.
    pub(super) const fn switches(self) -> Switches {
        let keep = matches!(self, Self::Reference);
        Switches {
            groups_off_by_one: keep,
            kernel_layout_drifts: keep,
            mask_as_background: keep,
            remainder_columns: keep,
            one_shot_is_capped: keep,
        }
    }

    /// The `max_bottleneck` of a configuration that does not say.
    pub(super) fn max_bottleneck(self) -> usize {
        match self {
            Self::Fixed => 1,
            Self::Reference => 2,
        }
    }
}

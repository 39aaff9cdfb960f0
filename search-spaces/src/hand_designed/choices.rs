//! The choices of an architecture: family, depth and width.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A network family that scales by depth and width, in the variant that its paper used for CIFAR: three
/// stages, each at half the resolution of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// He et al. 2016, *Deep residual learning*, section 4.2, with projections where the width changes:
    /// `depth` residual units a stage, of `width`, `2·width` and `4·width` channels.
    Resnet,
    /// Zagoruyko and Komodakis 2016, *Wide residual networks*, section 3: pre-activation units behind a stem
    /// of 16 channels; `width` is 16 times their widening factor.
    Wrn,
    /// Huang et al. 2017, *Densely connected convolutional networks*, section 3, DenseNet-BC: `depth` dense
    /// layers a stage with bottlenecks, growth rate `width`, compression to one half.
    Densenet,
    /// Larsson et al. 2017, *FractalNet*, section 3, without drop-path: one fractal block of `depth` columns
    /// a stage, of `width`, `2·width` and `4·width` channels.
    Fractalnet,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 4] = [Self::Resnet, Self::Wrn, Self::Densenet, Self::Fractalnet];

    /// Its name in jobs and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resnet => "resnet",
            Self::Wrn => "wrn",
            Self::Densenet => "densenet",
            Self::Fractalnet => "fractalnet",
        }
    }

    /// Depths to try for a target size, the paper's usual one first: ResNet-20, WRN-16, DenseNet-BC-40 and
    /// three columns.
    pub fn depths(self) -> &'static [usize] {
        match self {
            Self::Resnet => &[3, 2, 4, 5, 1],
            Self::Wrn => &[2, 3, 1, 4],
            Self::Densenet => &[6, 5, 7, 4, 8, 3, 10, 16],
            Self::Fractalnet => &[3, 2, 4, 1],
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|family| family.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("expected one of {known}, found {name:?}")
        })
    }
}

/// A network of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// Units per stage (columns of a FractalNet).
    pub depth: usize,
    /// The network family.
    pub family: Family,
    /// Channels of the first stage (the growth rate of a DenseNet).
    pub width: usize,
}

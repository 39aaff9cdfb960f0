//! The configuration of the space.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::memory_bank::{self, MemoryBankConfig};

/// The id of this space in architectures.
pub const ID: &str = "hand_designed";

/// Search space of hand-designed networks: ResNet, wide ResNet, DenseNet and FractalNet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HandDesignedConfig {
    /// Stride of the first convolution on every axis: 1 for images of 32×32, 2 for 96×96 or voxels.
    #[schemars(range(min = 1, max = 4))]
    pub stem_stride: usize,
}

impl Default for HandDesignedConfig {
    fn default() -> Self {
        Self { stem_stride: 1 }
    }
}

impl HandDesignedConfig {
    /// The settings with which these networks see their input at the resolution of another space's: with the
    /// stride of its stem. `space` is its configuration as it stands in a job; the default for a space that
    /// is not known here.
    pub fn beside(space: &Value) -> Self {
        let mut config = space.clone();
        let kind = config.as_object_mut().and_then(|fields| fields.remove("type"));
        match kind.as_ref().and_then(Value::as_str) {
            Some(memory_bank::ID) => serde_json::from_value(config)
                .map(|config: MemoryBankConfig| {
                    config.resolved().stem.map(|stem| Self { stem_stride: stem.stride })
                })
                .ok()
                .flatten()
                .unwrap_or_default(),
            Some(ID) => serde_json::from_value(config).unwrap_or_default(),
            _ => Self::default(),
        }
    }
}

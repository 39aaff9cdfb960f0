//! Registration of the spaces of this crate.

use smash_core::Result;
use smash_core::component::{Component, Kind, SpaceConfig};
use smash_core::space::SearchSpace;
use smash_core::task::Task;

use crate::hand_designed::{self, HandDesignedConfig};
use crate::memory_bank::{self, MemoryBankConfig};

#[typetag::serde(name = "memory_bank")]
impl SpaceConfig for MemoryBankConfig {
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>> {
        Ok(Box::new(MemoryBankConfig::build(self, task)?))
    }

    fn resolved(&self) -> Option<Box<dyn SpaceConfig>> {
        Some(Box::new(MemoryBankConfig::resolved(self)))
    }
}

inventory::submit! {
    Component::new::<MemoryBankConfig>(
        Kind::Space,
        memory_bank::ID,
        "Networks that read from and write to banks of feature maps (Brock et al. 2018).",
    )
}

#[typetag::serde(name = "hand_designed")]
impl SpaceConfig for HandDesignedConfig {
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>> {
        Ok(Box::new(HandDesignedConfig::build(self, task)?))
    }
}

inventory::submit! {
    Component::new::<HandDesignedConfig>(
        Kind::Space,
        hand_designed::ID,
        "ResNet, wide ResNet, DenseNet and FractalNet, as baselines; they are trained, not searched.",
    )
}

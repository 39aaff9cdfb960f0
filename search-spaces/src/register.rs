//! Registration of the spaces of this crate.

use smash_core::Result;
use smash_core::component::{Component, Kind, SpaceConfig};
use smash_core::space::SearchSpace;
use smash_core::task::Task;

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

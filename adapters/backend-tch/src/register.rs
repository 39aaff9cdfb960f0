//! Registers the engine as a component.

use smash_core::backend::{Backend, Resources};
use smash_core::component::{BackendConfig, Component, Kind};
use smash_core::{Error, Result};

use crate::TchConfig;

#[typetag::serde(name = "tch")]
impl BackendConfig for TchConfig {
    fn open(&self, resources: &Resources) -> Result<Box<dyn Backend>> {
        if let Some(memory) = resources.memory {
            let text = format!(
                "libtorch keeps no limit of memory, and the host sets one of {memory} bytes: use the engine \"native\", or no limit"
            );
            return Err(Error::backend(text));
        }
        Ok(Box::new(TchConfig::open(self, resources.threads)?))
    }
}

inventory::submit! {
    Component::new::<TchConfig>(Kind::Backend, "tch", "libtorch, on the CPU or on CUDA.")
}

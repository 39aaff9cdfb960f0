//! Registration of the engine.

use smash_core::Result;
use smash_core::backend::{Backend, Resources};
use smash_core::component::{BackendConfig, Component, Kind};

use crate::config::NativeConfig;

#[typetag::serde(name = "native")]
impl BackendConfig for NativeConfig {
    fn open(&self, resources: &Resources) -> Result<Box<dyn Backend>> {
        let mut engine = NativeConfig::open(self, resources.threads)?;
        engine.limit_memory(resources.memory);
        Ok(Box::new(engine))
    }
}

inventory::submit! {
    Component::new::<NativeConfig>(Kind::Backend, "native", "The embedded engine: pure Rust on the CPU.")
}

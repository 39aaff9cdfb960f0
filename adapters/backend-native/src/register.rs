//! Registration of the engine.

use smash_core::Result;
use smash_core::backend::Backend;
use smash_core::component::{BackendConfig, Component, Kind};

use crate::config::NativeConfig;

#[typetag::serde(name = "native")]
impl BackendConfig for NativeConfig {
    fn open(&self, threads: usize) -> Result<Box<dyn Backend>> {
        Ok(Box::new(NativeConfig::open(self, threads)?))
    }
}

inventory::submit! {
    Component::new::<NativeConfig>(Kind::Backend, "native", "The embedded engine: pure Rust on the CPU.")
}

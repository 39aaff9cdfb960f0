//! Registers the engine as a component.

use smash_core::Result;
use smash_core::backend::Backend;
use smash_core::component::{BackendConfig, Component, Kind};

use crate::TchConfig;

#[typetag::serde(name = "tch")]
impl BackendConfig for TchConfig {
    fn open(&self, threads: usize) -> Result<Box<dyn Backend>> {
        Ok(Box::new(TchConfig::open(self, threads)?))
    }
}

inventory::submit! {
    Component::new::<TchConfig>(Kind::Backend, "tch", "libtorch, on the CPU or on CUDA.")
}

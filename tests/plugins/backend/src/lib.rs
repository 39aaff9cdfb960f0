//! A sample plugin: an engine, here the native one under another name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::{Backend, Resources};
use smash_core::component::{BackendConfig, Component, Kind};

/// The settings of the sample engine.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SampleConfig {
    /// Says no when it is to start.
    refuse: bool,
}

#[typetag::serde(name = "sample")]
impl BackendConfig for SampleConfig {
    fn open(&self, resources: &Resources) -> Result<Box<dyn Backend>> {
        if self.refuse {
            return Err(smash_core::Error::invalid("/refuse", "expected false, found true"));
        }
        let mut engine = NativeConfig::default().open(resources.threads)?;
        engine.limit_memory(resources.memory);
        Ok(Box::new(engine))
    }
}

inventory::submit! { Component::new::<SampleConfig>(Kind::Backend, "sample", "The native engine in a dynamic library.") }

smash_sdk::export_plugin!(Backend "sample");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_an_engine() {
        use smash_core::conformance::{Tolerance, run};
        for case in run(&mut || SampleConfig::default().open(&Resources::threads(2)), Tolerance::default()) {
            assert!(case.outcome.is_ok(), "{case}");
        }
    }
}

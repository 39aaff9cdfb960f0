//! The native engine, which does what a test says before each run.

use std::cell::Cell;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::{Backend, Mode, Resources};
use smash_core::component::{BackendConfig, Component, Kind};
use smash_tests::kit::Faulty;

thread_local! {
    /// What the engine of the test does when it runs.
    pub(super) static HOOK: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// The native engine, which does what the test says before each run.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct HookedConfig {}

#[typetag::serde(name = "hooked")]
impl BackendConfig for HookedConfig {
    fn open(&self, _: &Resources) -> Result<Box<dyn Backend>> {
        let faults = |_: Mode, _: u64| {
            if let Some(hook) = HOOK.get() {
                hook();
            }
            false
        };
        Ok(Box::new(Faulty::new(Box::new(NativeConfig::default().open(1)?), Arc::new(faults))))
    }
}

inventory::submit! { Component::new::<HookedConfig>(Kind::Backend, "hooked", "For tests.") }

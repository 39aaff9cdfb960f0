//! The engines that are compared.

use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::Backend;

/// An engine under a name.
pub struct Engine {
    /// What the report calls it: `native`, `tch`, `tch_best`.
    pub name: &'static str,
    /// The engine.
    pub backend: Box<dyn Backend>,
}

/// Every engine that this build has, the native one first.
///
/// # Errors
/// When one does not start.
pub fn engines(threads: usize) -> Result<Vec<Engine>> {
    let native = NativeConfig::default().open(threads)?;
    Ok(vec![Engine { name: "native", backend: Box::new(native) }])
}

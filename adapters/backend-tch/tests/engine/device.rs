//! Where the tests run: on the CPU, or on the device that `SMASH_TCH_DEVICE` names.

use smash_backend_tch::TchConfig;

/// Threads of each engine. libtorch has one number for the whole process, so no test may ask for another.
pub(crate) const THREADS: usize = 2;

/// The default configuration, on that device.
pub(crate) fn config() -> TchConfig {
    let device = std::env::var("SMASH_TCH_DEVICE").unwrap_or_else(|_| "cpu".into());
    TchConfig { device, ..TchConfig::default() }
}

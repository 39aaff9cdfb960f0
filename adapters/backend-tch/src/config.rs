//! The engine's configuration in a job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;

use crate::backend::TchBackend;

/// libtorch, on the CPU or on CUDA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TchConfig {
    /// `cpu`, or `cuda:0`, `cuda:1` and so on.
    #[schemars(regex(pattern = r"^(cpu|cuda:[0-9]{1,3})$"))]
    pub device: String,
    /// On the CPU: run convolutions in the channels-last memory layout, which libtorch does about twice as
    /// fast.
    pub channels_last: bool,
    /// Let `malloc` keep freed memory on Linux, which saves libtorch a third of its time on the CPU; applies
    /// to the whole process from then on.
    pub keep_memory: bool,
    /// On CUDA: let convolutions and matrix products round their factors to ten bits of mantissa
    /// (`TensorFloat-32`), which is faster; losses then differ from those of the CPU in the third digit. The
    /// last engine that was opened sets it for the process.
    pub tf32: bool,
}

impl Default for TchConfig {
    fn default() -> Self {
        Self { device: "cpu".into(), channels_last: true, keep_memory: true, tf32: false }
    }
}

impl TchConfig {
    /// Starts the engine with `threads` worker threads; 0 means one per core. libtorch has one thread count
    /// for the whole process: the last engine that was opened sets it.
    ///
    /// # Errors
    /// When the loaded libtorch is another version, or lacks CUDA or the device.
    pub fn open(&self, threads: usize) -> Result<TchBackend> {
        TchBackend::new(self, threads)
    }
}

//! The engine as an entry of a job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;

use crate::backend::NativeBackend;

/// Which instruction set the kernels use. Results are the same bytes at any thread count for a given level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kernels {
    /// The fastest that this CPU has.
    #[default]
    Auto,
    /// AVX-512.
    Avx512,
    /// AVX2 with fused multiply-add.
    Avx2,
    /// Runs everywhere.
    Portable,
}

impl Kernels {
    /// The name, as in a job.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }
}

/// The embedded engine: pure Rust on the CPU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NativeConfig {
    /// Which instruction set the kernels use; a resumed run keeps the one it started with.
    pub kernels: Kernels,
}

impl NativeConfig {
    /// Starts the engine with that many threads; 0 means one per core.
    ///
    /// # Errors
    /// When this CPU lacks the instruction set.
    pub fn open(&self, threads: usize) -> Result<NativeBackend> {
        NativeBackend::new(self.kernels.name(), threads)
    }
}

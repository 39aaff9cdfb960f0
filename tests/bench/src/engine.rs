//! The engines that are compared.

use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::Backend;

/// An engine in one of its modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The native engine.
    Native,
    /// libtorch in its default mode, which is what a user of PyTorch gets.
    #[cfg(feature = "tch")]
    Tch,
    /// libtorch at its best: channels last, and an allocator that keeps freed memory.
    #[cfg(feature = "tch")]
    TchBest,
    /// libtorch on the first CUDA device, as exact as on the CPU.
    #[cfg(feature = "tch")]
    Cuda,
    /// The same with `TensorFloat-32` (factors rounded to ten bits of mantissa).
    #[cfg(feature = "tch")]
    CudaTf32,
}

impl Engine {
    /// All CPU engines of this build, the native one first.
    pub const ALL: &[Self] = &[
        Self::Native,
        #[cfg(feature = "tch")]
        Self::Tch,
        #[cfg(feature = "tch")]
        Self::TchBest,
    ];

    /// All CUDA engines of this build.
    pub const CUDA: &[Self] = &[
        #[cfg(feature = "tch")]
        Self::Cuda,
        #[cfg(feature = "tch")]
        Self::CudaTf32,
    ];

    /// Name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            #[cfg(feature = "tch")]
            Self::Tch => "tch",
            #[cfg(feature = "tch")]
            Self::TchBest => "tch_best",
            #[cfg(feature = "tch")]
            Self::Cuda => "cuda",
            #[cfg(feature = "tch")]
            Self::CudaTf32 => "cuda_tf32",
        }
    }

    /// Looks up an engine by name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().chain(Self::CUDA).copied().find(|engine| engine.name() == name)
    }

    /// Starts the engine.
    ///
    /// # Errors
    /// When it does not start.
    pub fn open(self, threads: usize) -> Result<Box<dyn Backend>> {
        match self {
            Self::Native => Ok(Box::new(NativeConfig::default().open(threads)?)),
            #[cfg(feature = "tch")]
            _ => {
                let cuda = Self::CUDA.contains(&self);
                let config = smash_backend_tch::TchConfig {
                    device: if cuda { "cuda:0" } else { "cpu" }.into(),
                    channels_last: self != Self::Tch,
                    keep_memory: self != Self::Tch,
                    tf32: self == Self::CudaTf32,
                };
                Ok(Box::new(config.open(threads)?))
            }
        }
    }
}

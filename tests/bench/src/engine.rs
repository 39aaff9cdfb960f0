//! The engines that are compared.

use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::Backend;

/// An engine in one of its modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The native one.
    Native,
    /// libtorch in its ordinary mode, which is what a user of PyTorch gets.
    #[cfg(feature = "tch")]
    Tch,
    /// libtorch at its best: channels last, and an allocator that keeps what is freed.
    #[cfg(feature = "tch")]
    TchBest,
}

impl Engine {
    /// Every engine that this build has, the native one first.
    pub const ALL: &[Self] = &[
        Self::Native,
        #[cfg(feature = "tch")]
        Self::Tch,
        #[cfg(feature = "tch")]
        Self::TchBest,
    ];

    /// What the report calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            #[cfg(feature = "tch")]
            Self::Tch => "tch",
            #[cfg(feature = "tch")]
            Self::TchBest => "tch_best",
        }
    }

    /// The engine of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|engine| engine.name() == name)
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub fn open(self, threads: usize) -> Result<Box<dyn Backend>> {
        match self {
            Self::Native => Ok(Box::new(NativeConfig::default().open(threads)?)),
            #[cfg(feature = "tch")]
            Self::Tch | Self::TchBest => {
                let best = self == Self::TchBest;
                let config = smash_backend_tch::TchConfig {
                    channels_last: best,
                    keep_memory: best,
                    ..smash_backend_tch::TchConfig::default()
                };
                Ok(Box::new(config.open(threads)?))
            }
        }
    }
}

//! The instruction sets that the kernels are compiled for, and which of them this machine has.

/// Which instruction set the kernels use.
///
/// Results are bit-identical for a given level, whatever the number of threads; between levels they differ in
/// rounding only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Level {
    /// x86-64 with AVX-512F: vectors of 16 numbers.
    Avx512,
    /// x86-64 with AVX2 and FMA: vectors of 8 numbers.
    Avx2,
    /// Plain arrays of 8 numbers that the compiler vectorises as far as the target allows; runs everywhere.
    Portable,
}

impl Level {
    /// The levels that this machine can run, best first. `Portable` is always among them.
    pub(crate) fn available() -> Vec<Level> {
        let mut levels = Vec::with_capacity(3);
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                levels.push(Level::Avx512);
            }
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                levels.push(Level::Avx2);
            }
        }
        levels.push(Level::Portable);
        levels
    }

    /// Whether this machine can run the level.
    pub(crate) fn is_available(self) -> bool {
        Level::available().contains(&self)
    }

    /// The fastest level of this machine.
    pub(crate) fn best() -> Level {
        Level::available().first().copied().unwrap_or(Level::Portable)
    }

    /// The name used in configurations and checkpoints.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Level::Avx512 => "avx512",
            Level::Avx2 => "avx2",
            Level::Portable => "portable",
        }
    }

    /// The level of that name, whether or not this machine can run it.
    pub(crate) fn from_name(name: &str) -> Option<Level> {
        [Level::Avx512, Level::Avx2, Level::Portable].into_iter().find(|level| level.name() == name)
    }
}

//! The instruction sets that the kernels are compiled for, and which of them this machine has.
//!
//! A token stands for the answer: only detection makes one, so whoever holds it may run the instructions, and
//! no inner loop asks again.

/// Proof that this machine has AVX-512F.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// The token, on a machine that has the instructions. Under Miri, none has.
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        let found = std::arch::is_x86_feature_detected!("avx512f");
        #[cfg(any(not(target_arch = "x86_64"), miri))]
        let found = false;
        found.then_some(Self(()))
    }
}

/// Proof that this machine has AVX2 and FMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// The token, on a machine that has the instructions. Under Miri, none has.
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        let found = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        #[cfg(any(not(target_arch = "x86_64"), miri))]
        let found = false;
        found.then_some(Self(()))
    }
}

/// An instruction set that this machine has: users know it as the level of the kernels.
///
/// Results are bit-identical for a given instruction set, whatever the number of threads; between them they
/// differ in rounding only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Isa {
    /// x86-64 with AVX-512F: vectors of 16 numbers.
    Avx512(Avx512),
    /// x86-64 with AVX2 and FMA: vectors of 8 numbers.
    Avx2(Avx2),
    /// Plain arrays of 8 numbers that the compiler vectorises as far as the target allows; runs everywhere.
    Portable,
}

impl Isa {
    /// Those of this machine, best first. `Portable` is always among them.
    pub(crate) fn available() -> impl Iterator<Item = Isa> {
        let found = [Avx512::detect().map(Isa::Avx512), Avx2::detect().map(Isa::Avx2), Some(Isa::Portable)];
        found.into_iter().flatten()
    }

    /// The fastest of this machine.
    pub(crate) fn best() -> Isa {
        Isa::available().next().unwrap_or(Isa::Portable)
    }

    /// The name used in configurations and checkpoints.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Isa::Avx512(_) => "avx512",
            Isa::Avx2(_) => "avx2",
            Isa::Portable => "portable",
        }
    }

    /// The one of that name, if this machine has it.
    pub(crate) fn from_name(name: &str) -> Option<Isa> {
        Isa::available().find(|isa| isa.name() == name)
    }
}

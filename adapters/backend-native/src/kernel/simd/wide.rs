//! Ordinary loops with the widest vectors of the machine.

#[cfg(target_arch = "x86_64")]
use super::isa::{Avx2, Avx512};

/// Calls `work`, compiled for the widest vectors that this machine has, as far as the compiler inlines it.
/// The numbers are those of plain code: nothing is contracted or summed in another order.
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(token) = Avx512::detect() {
            // SAFETY: the token says that the machine has it.
            return unsafe { avx512(token, work) };
        }
        if let Some(token) = Avx2::detect() {
            // SAFETY: the token says that the machine has it.
            return unsafe { avx2(token, work) };
        }
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512<R>(_: Avx512, work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<R>(_: Avx2, work: impl FnOnce() -> R) -> R {
    work()
}

//! How fast multiply-adds can be here, to compare kernels with.

use std::time::Instant;

use rayon::prelude::*;

use super::simd::Isa;

/// Rounds of one measurement: about a millisecond.
const ROUNDS: usize = 1 << 19;
/// Independent sums, so that no multiply-add waits for the one before.
const SUMS: usize = 12;

/// The most GFLOP/s over several measurements, on all threads of the current pool together; a multiply-add is
/// two.
pub(crate) fn peak(isa: Isa) -> f64 {
    let threads = rayon::current_num_threads();
    let mut best = f64::INFINITY;
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < 0.5 {
        let clock = Instant::now();
        (0..threads).into_par_iter().with_max_len(1).for_each(|_| {
            std::hint::black_box(sum(isa));
        });
        best = best.min(clock.elapsed().as_secs_f64());
    }
    let lanes = match isa {
        Isa::Avx512(_) => 16,
        Isa::Avx2(_) => 8,
        Isa::Portable => 4,
    };
    (threads * ROUNDS * SUMS * lanes * 2) as f64 / best / 1e9
}

#[cfg(target_arch = "x86_64")]
fn sum(isa: Isa) -> f32 {
    match isa {
        // SAFETY: the token says that the machine has it.
        Isa::Avx512(_) => unsafe { avx512() },
        // SAFETY: as above.
        Isa::Avx2(_) => unsafe { avx2() },
        Isa::Portable => portable(),
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn sum(_: Isa) -> f32 {
    portable()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512() -> f32 {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_reduce_add_ps, _mm512_set1_ps};
    let mut sums = [_mm512_set1_ps(1.0); SUMS];
    let a = _mm512_set1_ps(std::hint::black_box(0.5));
    let b = _mm512_set1_ps(std::hint::black_box(0.1));
    for _ in 0..ROUNDS {
        sums.iter_mut().for_each(|sum| *sum = _mm512_fmadd_ps(*sum, a, b));
    }
    sums.iter().map(|&sum| _mm512_reduce_add_ps(sum)).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2() -> f32 {
    use std::arch::x86_64::{_mm256_cvtss_f32, _mm256_fmadd_ps, _mm256_set1_ps};
    let mut sums = [_mm256_set1_ps(1.0); SUMS];
    let a = _mm256_set1_ps(std::hint::black_box(0.5));
    let b = _mm256_set1_ps(std::hint::black_box(0.1));
    for _ in 0..ROUNDS {
        sums.iter_mut().for_each(|sum| *sum = _mm256_fmadd_ps(*sum, a, b));
    }
    sums.iter().map(|&sum| _mm256_cvtss_f32(sum)).sum()
}

/// Without fused instructions: a product and a sum on four lanes.
fn portable() -> f32 {
    let mut sums = [[1.0_f32; 4]; SUMS];
    let (a, b) = (std::hint::black_box(0.5), std::hint::black_box(0.1));
    for _ in 0..ROUNDS {
        sums.iter_mut().flatten().for_each(|sum| *sum = *sum * a + b);
    }
    sums.iter().flatten().sum()
}

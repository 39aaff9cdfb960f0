//! Vectors of AVX2 and FMA: 8 lanes; masks, compression and expansion through small tables.

use super::vector::Vector;
use std::arch::asm;
use std::arch::x86_64::*;

/// Eight lanes.
#[derive(Clone, Copy)]
pub(crate) struct F32x8(__m256);

/// Per mask, one byte per lane: the index of the lane's `i`-th set bit.
static COMPRESS: [u64; 256] = lane_table(true);
/// Per mask, one byte per lane: how many set bits lie below the lane.
static EXPAND: [u64; 256] = lane_table(false);

const fn lane_table(compress: bool) -> [u64; 256] {
    let mut table = [0u64; 256];
    let mut mask = 0;
    while mask < 256 {
        let mut lane = 0;
        let mut rank = 0;
        while lane < 8 {
            if mask >> lane & 1 == 1 {
                let (from, to) = if compress { (lane, rank) } else { (rank, lane) };
                table[mask] |= (from as u64) << (8 * to);
                rank += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    table
}

/// The eight lane indices of a table entry.
///
/// # Safety
///
/// AVX2 must be available.
#[inline(always)]
unsafe fn indices(entry: u64) -> __m256i {
    // SAFETY: AVX2 is available, as the caller says.
    unsafe { _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(entry as i64)) }
}

/// All bits of the lanes of `mask`.
///
/// # Safety
///
/// AVX2 must be available.
#[inline(always)]
unsafe fn lane_mask(mask: u32) -> __m256i {
    // SAFETY: AVX2 is available, as the caller says.
    unsafe {
        let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        let all = _mm256_set1_epi32(mask as i32);
        _mm256_cmpeq_epi32(_mm256_and_si256(all, bits), bits)
    }
}

/// `at`, as far as the compiler can see computed from `lanes`.
#[inline]
#[allow(clippy::pointers_in_nomem_asm_block, reason = "the pointer is passed through, not followed")]
#[target_feature(enable = "avx2")]
fn before(lanes: __m256, mut at: *const f32) -> *const f32 {
    // SAFETY: no instruction at all.
    unsafe {
        asm!("/* {0} {1} */", inout(reg) at, in(ymm_reg) lanes,
            options(pure, nomem, nostack, preserves_flags));
    }
    at
}

// Every method: the trait's contract says that AVX2 and FMA are there and that the touched lanes are valid;
// masked loads do not touch the other lanes.
impl Vector for F32x8 {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn before(self, at: *const f32) -> *const f32 {
        // SAFETY: see above the impl.
        unsafe { before(self.0, at) }
    }

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: see above the impl.
        F32x8(unsafe { _mm256_setzero_ps() })
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: see above the impl.
        F32x8(unsafe { _mm256_set1_ps(x) })
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: see above the impl.
        F32x8(unsafe { _mm256_loadu_ps(at) })
    }

    #[inline(always)]
    unsafe fn keep(self, mask: u32) -> Self {
        // SAFETY: see above the impl.
        F32x8(unsafe { _mm256_and_ps(self.0, _mm256_castsi256_ps(lane_mask(mask))) })
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        // SAFETY: see above the impl.
        F32x8(unsafe { _mm256_maskload_ps(at, lane_mask((1 << n) - 1)) })
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: see above the impl.
        unsafe { _mm256_storeu_ps(at, self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, mut at: *mut f32, n: usize) {
        // SAFETY: see above the impl; 4 + 2 + 1 lanes add up to `n`. Masked stores would be slow.
        unsafe {
            if n >= 8 {
                return self.store(at);
            }
            let mut rest = _mm256_castps256_ps128(self.0);
            if n & 4 != 0 {
                _mm_storeu_ps(at, rest);
                rest = _mm256_extractf128_ps::<1>(self.0);
                at = at.add(4);
            }
            if n & 2 != 0 {
                _mm_storel_pd(at.cast(), _mm_castps_pd(rest));
                rest = _mm_movehl_ps(rest, rest);
                at = at.add(2);
            }
            if n & 1 != 0 {
                _mm_store_ss(at, rest);
            }
        }
    }

    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        // SAFETY: see above the impl.
        F32x8(unsafe { _mm256_add_ps(self.0, b.0) })
    }

    #[inline(always)]
    unsafe fn fma(self, b: Self, c: Self) -> Self {
        // SAFETY: see above the impl.
        F32x8(unsafe { _mm256_fmadd_ps(self.0, b.0, c.0) })
    }

    #[inline(always)]
    unsafe fn leaky(self, slope: f32) -> Self {
        // SAFETY: see above the impl.
        unsafe {
            let zero = _mm256_setzero_ps();
            let negative = _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, zero);
            let scaled = if slope == 0.0 { zero } else { _mm256_mul_ps(self.0, _mm256_set1_ps(slope)) };
            F32x8(_mm256_blendv_ps(self.0, scaled, negative))
        }
    }

    #[inline(always)]
    unsafe fn leaky_gradient(self, pre: Self, slope: f32) -> Self {
        // SAFETY: see above the impl.
        unsafe {
            let zero = _mm256_setzero_ps();
            let positive = _mm256_cmp_ps::<_CMP_GT_OQ>(pre.0, zero);
            let scaled = if slope == 0.0 { zero } else { _mm256_mul_ps(self.0, _mm256_set1_ps(slope)) };
            F32x8(_mm256_blendv_ps(scaled, self.0, positive))
        }
    }

    #[inline(always)]
    unsafe fn compress(self, mask: u32) -> Self {
        // SAFETY: see above the impl.
        unsafe {
            let order = indices(COMPRESS[mask as usize & 255]);
            F32x8(_mm256_permutevar8x32_ps(self.0, order))
        }
    }

    #[inline(always)]
    unsafe fn expand(self, dense: Self, mask: u32) -> Self {
        // SAFETY: see above the impl.
        unsafe {
            let order = indices(EXPAND[mask as usize & 255]);
            let spread = _mm256_permutevar8x32_ps(dense.0, order);
            let taken = _mm256_castsi256_ps(lane_mask(mask));
            F32x8(_mm256_blendv_ps(self.0, spread, taken))
        }
    }

    #[inline(always)]
    unsafe fn sums([a, b, c, d]: [Self; 4]) -> [f32; 4] {
        // SAFETY: see above the impl; an array of four is what 16 bytes are.
        unsafe {
            let ab = _mm256_hadd_ps(a.0, b.0);
            let cd = _mm256_hadd_ps(c.0, d.0);
            let all = _mm256_hadd_ps(ab, cd);
            let high = _mm256_extractf128_ps::<1>(all);
            let sums = _mm_add_ps(_mm256_castps256_ps128(all), high);
            std::mem::transmute::<__m128, [f32; 4]>(sums)
        }
    }
}

//! Vectors of AVX-512F: 16 lanes, hardware masks.

use super::vector::Vector;
use std::arch::asm;
use std::arch::x86_64::*;

/// Sixteen lanes.
#[derive(Clone, Copy)]
pub(crate) struct F32x16(__m512);

/// The mask of the first `n` lanes.
#[inline(always)]
fn first(n: usize) -> __mmask16 {
    ((1u32 << n) - 1) as __mmask16
}

/// `at`, as far as the compiler can see computed from `lanes`.
#[inline]
#[allow(clippy::pointers_in_nomem_asm_block, reason = "the pointer is passed through, not followed")]
#[target_feature(enable = "avx512f")]
fn before(lanes: __m512, mut at: *const f32) -> *const f32 {
    // SAFETY: no instruction at all.
    unsafe {
        asm!("/* {0} {1} */", inout(reg) at, in(zmm_reg) lanes,
            options(pure, nomem, nostack, preserves_flags));
    }
    at
}

// Every method: the trait's contract says that AVX-512F is there and that the touched lanes are valid; masked
// accesses do not touch the other lanes.
impl Vector for F32x16 {
    const LANES: usize = 16;

    #[inline(always)]
    unsafe fn before(self, at: *const f32) -> *const f32 {
        // SAFETY: see above the impl.
        unsafe { before(self.0, at) }
    }

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_setzero_ps() })
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_set1_ps(x) })
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_loadu_ps(at) })
    }

    #[inline(always)]
    unsafe fn keep(self, mask: u32) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_maskz_mov_ps(mask as __mmask16, self.0) })
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_maskz_loadu_ps(first(n), at) })
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: see above the impl.
        unsafe { _mm512_storeu_ps(at, self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        // SAFETY: see above the impl.
        unsafe { _mm512_mask_storeu_ps(at, first(n), self.0) }
    }

    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_add_ps(self.0, b.0) })
    }

    #[inline(always)]
    unsafe fn fma(self, b: Self, c: Self) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_fmadd_ps(self.0, b.0, c.0) })
    }

    #[inline(always)]
    unsafe fn leaky(self, slope: f32) -> Self {
        // SAFETY: see above the impl.
        unsafe {
            let zero = _mm512_setzero_ps();
            let negative = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, zero);
            F32x16(if slope == 0.0 {
                _mm512_mask_mov_ps(self.0, negative, zero)
            } else {
                _mm512_mask_mul_ps(self.0, negative, self.0, _mm512_set1_ps(slope))
            })
        }
    }

    #[inline(always)]
    unsafe fn leaky_gradient(self, pre: Self, slope: f32) -> Self {
        // SAFETY: see above the impl.
        unsafe {
            let zero = _mm512_setzero_ps();
            let rest = !_mm512_cmp_ps_mask::<_CMP_GT_OQ>(pre.0, zero);
            F32x16(if slope == 0.0 {
                _mm512_mask_mov_ps(self.0, rest, zero)
            } else {
                _mm512_mask_mul_ps(self.0, rest, self.0, _mm512_set1_ps(slope))
            })
        }
    }

    #[inline(always)]
    unsafe fn compress(self, mask: u32) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_maskz_compress_ps(mask as __mmask16, self.0) })
    }

    #[inline(always)]
    unsafe fn expand(self, dense: Self, mask: u32) -> Self {
        // SAFETY: see above the impl.
        F32x16(unsafe { _mm512_mask_expand_ps(self.0, mask as __mmask16, dense.0) })
    }

    #[inline(always)]
    unsafe fn sums([a, b, c, d]: [Self; 4]) -> [f32; 4] {
        // SAFETY: see above the impl; an array of four is what 16 bytes are.
        unsafe {
            // Transposes while adding: every quarter ends up as [a, b, c, d].
            let ab = _mm512_add_ps(_mm512_unpacklo_ps(a.0, b.0), _mm512_unpackhi_ps(a.0, b.0));
            let cd = _mm512_add_ps(_mm512_unpacklo_ps(c.0, d.0), _mm512_unpackhi_ps(c.0, d.0));
            let (ab, cd) = (_mm512_castps_pd(ab), _mm512_castps_pd(cd));
            let all = _mm512_add_ps(
                _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)),
                _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)),
            );
            let high = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(all)));
            let half = _mm256_add_ps(_mm512_castps512_ps256(all), high);
            let sums = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps::<1>(half));
            std::mem::transmute::<__m128, [f32; 4]>(sums)
        }
    }
}

//! Vectors that run everywhere: arrays of 8 numbers and plain loops.

use super::vector::Vector;

/// Eight lanes.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Array8([f32; 8]);

/// `a · b + c`: fused only where that is one instruction, never a call into a library.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) { a.mul_add(b, c) } else { a * b + c }
}

impl Vector for Array8 {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Array8([0.0; 8])
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Array8([x; 8])
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller vouches for eight readable numbers; the read is unaligned.
        Array8(unsafe { at.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn keep(self, mask: u32) -> Self {
        let mut out = self.0;
        for (lane, value) in out.iter_mut().enumerate() {
            let keep = 0u32.wrapping_sub(mask >> lane & 1);
            *value = f32::from_bits(value.to_bits() & keep);
        }
        Array8(out)
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        let mut lanes = [0.0; 8];
        for (lane, value) in lanes.iter_mut().enumerate().take(n) {
            // SAFETY: the caller vouches for the first `n` lanes.
            *value = unsafe { at.add(lane).read() };
        }
        Array8(lanes)
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: the caller vouches for eight writable numbers; the write is unaligned.
        unsafe { at.cast::<[f32; 8]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        for (lane, value) in self.0.iter().enumerate().take(n) {
            // SAFETY: the caller vouches for the first `n` lanes.
            unsafe { at.add(lane).write(*value) }
        }
    }

    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        let mut out = self.0;
        for (x, y) in out.iter_mut().zip(b.0) {
            *x += y;
        }
        Array8(out)
    }

    #[inline(always)]
    unsafe fn fma(self, b: Self, c: Self) -> Self {
        let mut out = c.0;
        for ((x, y), z) in self.0.into_iter().zip(b.0).zip(&mut out) {
            *z = multiply_add(x, y, *z);
        }
        Array8(out)
    }

    #[inline(always)]
    unsafe fn leaky(self, slope: f32) -> Self {
        let mut out = self.0;
        for x in &mut out {
            let negative = if slope == 0.0 { 0.0 } else { slope * *x };
            *x = if *x < 0.0 { negative } else { *x };
        }
        Array8(out)
    }

    #[inline(always)]
    unsafe fn leaky_gradient(self, pre: Self, slope: f32) -> Self {
        let mut out = self.0;
        for (x, pre) in out.iter_mut().zip(pre.0) {
            let negative = if slope == 0.0 { 0.0 } else { slope * *x };
            *x = if pre > 0.0 { *x } else { negative };
        }
        Array8(out)
    }

    #[inline(always)]
    unsafe fn compress(self, mask: u32) -> Self {
        let mut out = [0.0; 8];
        let mut next = 0;
        for (lane, value) in self.0.into_iter().enumerate() {
            if mask >> lane & 1 == 1 {
                out[next] = value;
                next += 1;
            }
        }
        Array8(out)
    }

    #[inline(always)]
    unsafe fn expand(self, dense: Self, mask: u32) -> Self {
        let mut out = self.0;
        let mut next = 0;
        for (lane, value) in out.iter_mut().enumerate() {
            if mask >> lane & 1 == 1 {
                *value = dense.0[next];
                next += 1;
            }
        }
        Array8(out)
    }

    #[inline(always)]
    unsafe fn sums(vectors: [Self; 4]) -> [f32; 4] {
        vectors.map(|Array8(x)| ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7])))
    }
}

//! Software prefetching: asking for memory before it is needed. The processor prefetches by itself, but not
//! from one page to the next, and the planes of an image are about as long as pages.

/// Numbers of a cache line.
const LINE: usize = 16;

/// The most lines to ask for at once: what a page holds.
const MOST: usize = 64;

/// Prefetches the first of the numbers that will be read soon.
pub(crate) fn prefetch(numbers: &[f32]) {
    numbers.iter().step_by(LINE).take(MOST).for_each(|number| for_read(number));
}

/// Prefetches the cache line at `at`, in order to read it. A hint: `at` may be anything.
#[inline(always)]
pub(crate) fn for_read(at: *const f32) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, which never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    let _ = at;
}

/// Prefetches the cache line at `at`, in order to write to it. A hint: `at` may be anything.
#[inline(always)]
#[allow(clippy::pointers_in_nomem_asm_block)] // a hint reads and writes nothing
pub(crate) fn for_write(at: *mut f32) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, which never faults; processors that do not know it do nothing.
    unsafe {
        std::arch::asm!("prefetchw [{0}]", in(reg) at, options(nomem, nostack, preserves_flags));
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    let _ = at;
}

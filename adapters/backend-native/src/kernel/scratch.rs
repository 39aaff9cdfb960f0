//! Thread-local buffers that are kept between calls: no allocation in the steady state.

use std::cell::RefCell;

/// One cache line; the unit of allocation, so that every buffer is aligned to it.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

thread_local! {
    static POOL: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with a buffer of `len` numbers, aligned to 64 bytes, with unspecified contents. May be nested.
pub(super) fn with<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut lines = POOL
        .with_borrow_mut(Vec::pop)
        .unwrap_or_default();
    let count = len.div_ceil(16);
    if lines.len() < count {
        lines.resize(count, Line([0.0; 16]));
    }
    // SAFETY: a `Line` is 16 `f32` without padding, the buffer holds at least `len` of them, all initialised, and it
    // is borrowed exclusively until `work` returns.
    let numbers = unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast::<f32>(), len) };
    let result = work(numbers);
    POOL.with_borrow_mut(|pool| pool.push(lines));
    result
}

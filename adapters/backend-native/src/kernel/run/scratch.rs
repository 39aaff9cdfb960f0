//! Thread-local buffers that are kept between calls: no allocation in the steady state.

use std::cell::RefCell;

/// One cache line; the unit of allocation, so that every buffer is aligned to it.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// A buffer, and what its last user says about its contents.
#[derive(Default)]
struct ScratchBuffer {
    lines: Vec<Line>,
    gaps: ZeroedGaps,
}

/// Which gaps of a buffer are known to be zero: those of the first `channels` channels as laid out for
/// `window`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ZeroedGaps {
    /// Unique number of a window; 0 for none.
    pub window: u64,
    /// How many channels.
    pub channels: usize,
}

/// A buffer in use.
pub(crate) struct Scratch<'a> {
    /// The numbers.
    pub numbers: &'a mut [f32],
    /// What the last user says about them, to be kept true.
    pub gaps: &'a mut ZeroedGaps,
}

thread_local! {
    static POOL: RefCell<Vec<ScratchBuffer>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with a buffer of `len` numbers, aligned to 64 bytes, with unspecified contents. May be
/// nested.
pub(crate) fn with<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    with_gaps(len, |scratch| {
        *scratch.gaps = ZeroedGaps::default();
        work(scratch.numbers)
    })
}

/// As [`with`], with what the buffer's last user said about its gaps.
pub(crate) fn with_gaps<R>(len: usize, work: impl FnOnce(&mut Scratch) -> R) -> R {
    let mut buffer = POOL.with_borrow_mut(Vec::pop).unwrap_or_default();
    let count = len.div_ceil(16);
    if buffer.lines.len() < count {
        buffer.lines.resize(count, Line([0.0; 16]));
    }
    // SAFETY: a `Line` is 16 `f32` without padding, the buffer holds at least `len` of them, all initialised,
    // and it is borrowed exclusively until `work` returns.
    let numbers = unsafe { std::slice::from_raw_parts_mut(buffer.lines.as_mut_ptr().cast::<f32>(), len) };
    let result = work(&mut Scratch { numbers, gaps: &mut buffer.gaps });
    POOL.with_borrow_mut(|pool| pool.push(buffer));
    result
}

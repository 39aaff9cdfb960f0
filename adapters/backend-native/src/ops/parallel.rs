//! Pieces of work on rayon's current pool; what a piece computes never depends on who runs it.

use crate::kernel::wide;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};

/// Below this many numbers, waking another thread costs more than it saves.
const SERIAL: usize = 1 << 15;

/// Calls `work` for every item; `numbers` says how much there is to do.
pub(crate) fn each<I: IndexedParallelIterator>(
    items: I,
    numbers: usize,
    work: impl Fn(I::Item) + Send + Sync,
) {
    let least = if numbers < SERIAL { items.len().max(1) } else { 1 };
    items.with_min_len(least).for_each(|item| wide(|| work(item)));
}

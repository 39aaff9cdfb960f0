//! Running tasks on rayon's current pool. What a task computes never depends on who runs it.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Below this many multiply-accumulates, waking another thread costs more than it saves.
const SERIAL: usize = 1 << 19;

/// Calls `work` for each of `tasks`, which have `macs` multiply-accumulates together.
pub(crate) fn for_each(tasks: usize, macs: usize, work: impl Fn(usize) + Sync) {
    if tasks <= 1 || macs < SERIAL {
        (0..tasks).for_each(&work);
    } else {
        (0..tasks).into_par_iter().with_max_len(1).for_each(&work);
    }
}

//! Running tasks on rayon's current pool. What a task computes never depends on who runs it.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Below this many multiply-accumulates, waking another thread costs more than it saves.
const SERIAL: usize = 1 << 19;

/// Aim for this many tasks, where there is enough work for them.
pub(crate) const TASKS: usize = 16;

/// How many tasks to cut this many multiply-accumulates into.
pub(crate) fn tasks(macs: usize) -> usize {
    (macs >> 18).clamp(1, TASKS)
}

/// How many groups to handle in one task, when every group has `parts` parts to compute.
pub(crate) fn together(parts: usize, groups: usize) -> usize {
    (parts * groups / (4 * TASKS)).clamp(1, groups)
}

/// Calls `work` for each of `tasks`, which have `macs` multiply-accumulates together.
pub(crate) fn for_each(tasks: usize, macs: usize, work: impl Fn(usize) + Sync) {
    if tasks <= 1 || macs < SERIAL {
        (0..tasks).for_each(&work);
    } else {
        (0..tasks).into_par_iter().with_max_len(1).for_each(&work);
    }
}

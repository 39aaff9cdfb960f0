//! How much work makes a task of its own. This depends on the work alone, never on the number of threads.

/// Aim for this many tasks, where there is enough work for them.
const TASKS: usize = 16;

/// How many tasks to cut this many multiply-accumulates into.
pub(crate) fn tasks(macs: usize) -> usize {
    (macs >> 18).clamp(1, TASKS)
}

/// How many groups to handle in one task, when every group has `parts` parts to compute.
pub(crate) fn together(parts: usize, groups: usize) -> usize {
    (parts * groups / (4 * TASKS)).clamp(1, groups)
}

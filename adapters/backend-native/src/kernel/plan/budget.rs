//! The weight gradient's layout: how much scratch memory a unit may take, and how many units there should be.

use super::super::micro::MicroKernels;
use super::correlation::Plan;
use super::layout::{Layout, TilingGoals};

/// Into about this many units a weight gradient is cut.
pub(crate) const UNITS: usize = 4;
/// The scratch buffer of one, its working set, should not exceed this many numbers.
pub(crate) const SCRATCH: usize = 192 * 1024;

/// How a weight gradient is cut.
pub(crate) fn layout(kernels: &MicroKernels, plan: &Plan) -> Layout {
    let goals = TilingGoals {
        vectors: 1024 / kernels.lanes,
        most: 1536 / kernels.lanes,
        units: UNITS,
        stack: plan.batch.div_ceil(UNITS),
        // Threads have as much to do as each other.
        stacks: UNITS,
        multiple: 1,
        scratch: SCRATCH,
        stream: false,
    };
    Layout::new(plan, kernels.lanes, &goals)
}

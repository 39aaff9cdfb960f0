//! The list of checks, and running them.

use std::fmt;

use super::tolerance::{Deviation, Tolerance};
use super::{Subject, gradients, mistakes, networks, ops, optimizers, parameters, statistics, values};
use crate::backend::Backend;
use crate::error::Result;

/// A check: fails with [`Error::Conformance`](crate::Error::Conformance), which says what was checked,
/// expected and found, or with the engine's own error.
pub type Check = fn(&mut Subject<'_>) -> Result<()>;

/// The result of one check.
#[derive(Debug)]
pub struct Case {
    /// Name of the check.
    pub name: &'static str,
    /// The largest differences from the reference, or the failure.
    pub outcome: Result<Deviation>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(deviation) => write!(f, "{}: ok ({deviation})", self.name),
            Err(error) => write!(f, "{}: {error}", self.name),
        }
    }
}

/// Runs every check, each on new engines. `open` starts an engine without any state on each call.
pub fn run(open: &mut dyn FnMut() -> Result<Box<dyn Backend>>, tolerance: Tolerance) -> Vec<Case> {
    let mut case = |&(name, check): &(&'static str, Check)| {
        let mut subject = Subject::new(open, tolerance);
        let outcome = check(&mut subject).map(|()| subject.deviation());
        Case { name, outcome }
    };
    CHECKS.iter().map(&mut case).collect()
}

/// All checks by name.
pub const CHECKS: &[(&str, Check)] = &[
    ("conv", ops::conv),
    ("linear", ops::linear),
    ("batch_norm", ops::batch_norm),
    ("leaky_relu", ops::leaky_relu),
    ("tanh", ops::tanh),
    ("sigmoid", ops::sigmoid),
    ("clamp", ops::clamp),
    ("hard_sigmoid", ops::hard_sigmoid),
    ("hard_swish", ops::hard_swish),
    ("add", ops::add),
    ("mul", ops::mul),
    ("scale", ops::scale),
    ("bias", ops::bias),
    ("gain", ops::gain),
    ("concat", ops::concat),
    ("slice", ops::slice),
    ("reshape", ops::reshape),
    ("permute", ops::permute),
    ("normalize", ops::normalize),
    ("average_pool", ops::average_pool),
    ("max_pool", ops::max_pool),
    ("global_average_pool", ops::global_average_pool),
    ("log_softmax", ops::log_softmax),
    ("negative_log_likelihood", ops::negative_log_likelihood),
    ("memory_banks", networks::memory_banks),
    ("generated_weights", networks::generated_weights),
    ("views", networks::views),
    ("sums", networks::sums),
    ("inverted_residual", networks::inverted_residual),
    ("values_before_and_after_a_relu", networks::values_before_and_after_a_relu),
    ("batches", values::batches),
    ("only_what_is_needed", values::only_what_is_needed),
    ("device_values", values::device_values),
    ("joined_plans", values::joined_plans),
    ("plans", values::plans),
    ("shared_boxes", parameters::shared_boxes),
    ("read_and_write", parameters::read_and_write),
    ("snapshot_and_restore", parameters::snapshot_and_restore),
    ("restore_forgets_runs", parameters::restore_forgets_runs),
    ("modes_of_batch_norm", statistics::modes),
    ("shared_statistics", statistics::shared),
    ("statistics_that_are_not_finite", statistics::not_finite),
    ("accumulation", gradients::accumulation),
    ("absent_is_not_zero", gradients::absent_is_not_zero),
    ("outputs_without_gradient", gradients::outputs_without_gradient),
    ("the_last_training_run", gradients::the_last_training_run),
    ("sgd", optimizers::sgd),
    ("adam", optimizers::adam),
    ("adamw", optimizers::adamw),
    ("clipping", optimizers::clipping),
    ("without_a_gradient", optimizers::without_a_gradient),
    ("gradients_that_are_not_finite", optimizers::not_finite),
    ("state_of_the_optimizer", optimizers::state),
    ("unknown_names", mistakes::unknown_names),
    ("missing", mistakes::missing),
    ("wrong_shapes", mistakes::wrong_shapes),
    ("wrong_labels", mistakes::wrong_labels),
    ("unknown_plans", mistakes::unknown_plans),
    ("malformed_graphs", mistakes::malformed_graphs),
];

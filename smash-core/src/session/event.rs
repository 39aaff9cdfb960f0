//! Events of a session, as in the event log.

use serde::{Deserialize, Serialize};

use super::{Phase, Record};
use crate::constraint::Constraints;
use crate::strategy::Score;

/// An event. It holds no times: the same seed gives the same event log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A phase begins.
    Phase {
        /// The phase that begins.
        phase: Phase,
        /// Steps of the phase, when known.
        steps: Option<u64>,
    },
    /// A training step was made.
    Step {
        /// Phase of the step.
        phase: Phase,
        /// Step number in its phase, from 0.
        step: u64,
        /// Steps of the whole phase.
        steps: u64,
        /// Mean training loss of the step.
        loss: f64,
        /// Training error (fraction) of the step.
        error: f64,
        /// False when the loss or a gradient was not finite: the step was skipped.
        applied: bool,
    },
    /// An epoch of a training that [validates](super::Session::validating) is done.
    Epoch {
        /// Phase of the training.
        phase: Phase,
        /// How many epochs are done.
        epoch: u64,
        /// Epochs of the whole training.
        epochs: u64,
        /// Loss and error on the validation split, if they are finite.
        valid: Option<Score>,
    },
    /// A trial of the search was completed.
    Candidate(Box<Record>),
    /// A time budget ended a phase before this step.
    Budget {
        /// The phase that ended early.
        phase: Phase,
        /// The first step that was not made.
        step: u64,
    },
    /// A phase ended before this step, since too few samples meet the constraints to draw another.
    Exhausted {
        /// The phase that ended early.
        phase: Phase,
        /// The first step that was not made.
        step: u64,
        /// What was rejected, and by which constraint.
        reason: String,
    },
    /// The run goes on with constraints that are looser than before.
    Relaxed {
        /// The constraints from here on.
        constraints: Constraints,
    },
    /// The search is over; this candidate is going to be retrained.
    Chosen {
        /// Number of the candidate in this session.
        #[serde(rename = "id")]
        trial_id: u64,
        /// Content hash of its architecture.
        hash: String,
    },
    /// The session is done.
    Finished {
        /// Loss and error on the test split, if there is one and they are finite.
        test: Option<Score>,
    },
}

/// Receives the events of a session, on the thread that steps it.
///
/// It cannot fail: a sink that writes events collects the few of one step and writes them after it. `()`
/// ignores all.
pub trait Sink {
    /// Called for each event, in order.
    fn event(&mut self, event: &Event);
}

impl<F: FnMut(&Event)> Sink for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

impl Sink for () {
    fn event(&mut self, _: &Event) {}
}

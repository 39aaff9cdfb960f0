//! What happens in a session.

use serde::{Deserialize, Serialize};

use super::{Phase, Record};
use crate::strategy::Score;

/// Something that happened. No times in it: the same seed gives the same events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A phase begins.
    Phase {
        /// Which.
        phase: Phase,
        /// Its steps, when known.
        steps: Option<u64>,
    },
    /// A training step was made.
    Step {
        /// Of which phase.
        phase: Phase,
        /// Its number, from 0.
        step: u64,
        /// Steps of the phase.
        steps: u64,
        /// Training loss.
        loss: f64,
        /// Training error (fraction).
        error: f64,
        /// False when something was not finite and nothing was changed.
        applied: bool,
    },
    /// A candidate was evaluated.
    Candidate(Box<Record>),
    /// A time budget struck before this step.
    Budget {
        /// Which phase it ended.
        phase: Phase,
        /// The step that was not made any more.
        step: u64,
    },
    /// The search is over; this candidate is retrained.
    Chosen {
        /// Its id.
        id: u64,
        /// Its hash.
        hash: String,
    },
    /// Everything is done.
    Finished {
        /// Loss and error on the test part, if there is one.
        test: Option<Score>,
    },
}

/// Takes the events of a session, on the thread that steps it.
///
/// It cannot fail: whoever writes events down keeps those of one step, a few at most, and does so after it. `()` takes none.
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

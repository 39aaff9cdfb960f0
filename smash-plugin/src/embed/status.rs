//! What other threads may see of a search and do to it while a call is in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use smash_core::session::{Phase, Session};

/// Where a search stands between and in calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was done yet.
    Created,
    /// A call steps it.
    Running,
    /// It can go on.
    Paused,
    /// Everything is done.
    Done,
    /// It was asked to stop, and can go on.
    Cancelled,
    /// A component failed.
    Failed,
}

/// The best candidate so far.
#[derive(Clone, Copy, Debug, Serialize)]
struct Best {
    trial_id: u64,
    loss: f64,
}

/// A snapshot of a search.
#[derive(Clone, Copy, Debug, Serialize)]
struct Status {
    state: State,
    phase: Phase,
    /// Steps done in the phase.
    step: u64,
    /// Steps of the phase, when known.
    steps: Option<u64>,
    /// Candidates that were evaluated.
    told: usize,
    /// Candidates that were asked for and are still to be told.
    open: usize,
    best: Option<Best>,
}

/// What other threads may see of a search and do to it.
#[derive(Debug)]
pub struct Control {
    cancel: AtomicBool,
    status: Mutex<Status>,
}

impl Control {
    pub(super) fn new(session: &Session) -> Self {
        let status = Mutex::new(Status {
            state: State::Created,
            phase: session.phase(),
            step: 0,
            steps: None,
            told: 0,
            open: 0,
            best: None,
        });
        let control = Self { cancel: AtomicBool::new(false), status };
        control.update(session, State::Created);
        control
    }

    /// Asks whoever steps the search, or does so next, to stop.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop; a request counts once.
    pub(super) fn cancelled(&self) -> bool {
        self.cancel.swap(false, Ordering::Relaxed)
    }

    /// The snapshot as JSON.
    pub fn status(&self, dead: bool) -> String {
        let mut status = *self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if dead {
            status.state = State::Failed;
        }
        serde_json::to_string(&status).unwrap_or_default()
    }

    /// What it now is.
    pub fn state(&self) -> State {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).state
    }

    pub(super) fn update(&self, session: &Session, state: State) {
        let (step, steps) = session.progress();
        let best = session.leader().and_then(|record| Some(Best { trial_id: record.id, loss: record.loss? }));
        let (told, open) = session.counts();
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) =
            Status { state, phase: session.phase(), step, steps, told, open, best };
    }
}

//! Status and cancellation of a search: what other threads may use while a call runs in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use smash_core::session::{Phase, Session};

use super::table::Table;

/// The state of a search, between calls and during them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing has run yet.
    Created,
    /// A call is stepping it.
    Running,
    /// Stopped between two steps; it can go on.
    Paused,
    /// The job is finished.
    Done,
    /// Cancelled by request; it can go on.
    Cancelled,
    /// A component failed.
    Failed,
}

/// The best candidate so far.
#[derive(Clone, Debug, Serialize)]
struct Best {
    trial_id: u64,
    values: Vec<f64>,
}

/// A snapshot of a search's status, which crosses as JSON.
#[derive(Clone, Debug, Serialize)]
struct Status {
    state: State,
    phase: Phase,
    /// Steps done in the current phase.
    step: u64,
    /// Steps of the current phase, when known.
    steps: Option<u64>,
    /// Trials with a result.
    told: usize,
    /// Pending trials: asked for and not yet told.
    open: usize,
    best: Option<Best>,
}

/// The part of a search that other threads share: its status, its completed trials and its cancellation flag.
pub struct Control {
    cancel: AtomicBool,
    status: Mutex<Status>,
    table: Table,
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
        let control = Self { cancel: AtomicBool::new(false), status, table: Table::new(session) };
        control.update(session, State::Created);
        control
    }

    /// Cancels the call that is at work in the search, or the next one: a request counts for one call.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether cancellation was requested; a request counts once.
    pub(super) fn cancelled(&self) -> bool {
        self.cancel.swap(false, Ordering::Relaxed)
    }

    /// The status as JSON.
    pub fn status(&self, dead: bool) -> String {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if dead {
            status.state = State::Failed;
        }
        serde_json::to_string(&status).unwrap_or_default()
    }

    /// The best `k` trials so far (0: all): `[{"trial_id", "hash", "phase", "values", "loss", "error",
    /// "latency", "params", "macs", "architecture"}]`.
    pub fn best(&self, k: usize) -> String {
        self.table.best(k)
    }

    /// The current state.
    pub fn state(&self) -> State {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).state
    }

    pub(super) fn update(&self, session: &Session, state: State) {
        let (step, steps) = session.progress();
        let best = session.leader().filter(|record| record.loss.is_some());
        let best = best.map(|record| Best { trial_id: record.trial_id, values: record.values().to_vec() });
        let (told, open) = session.counts();
        self.table.update(session);
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) =
            Status { state, phase: session.phase(), step, steps, told, open, best };
    }
}

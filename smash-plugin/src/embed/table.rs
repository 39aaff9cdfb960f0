//! The completed trials of a search, which other threads look at while a call is at work in it.

use std::sync::{Arc, Mutex, PoisonError};

use smash_core::session::{Record, Session, rank};
use smash_core::space::SearchSpace;

use super::trial::CompletedTrial;

/// A copy of a session's records; the architectures are shared with it.
pub(super) struct Table {
    space: Arc<dyn SearchSpace>,
    trials: Mutex<Trials>,
}

#[derive(Default)]
struct Trials {
    records: Vec<Record>,
    order: Vec<u64>,
}

impl Table {
    pub(super) fn new(session: &Session) -> Self {
        Self { space: session.shared_space(), trials: Mutex::default() }
    }

    /// Takes over what the session has completed since the last time.
    pub(super) fn update(&self, session: &Session) {
        let mut trials = self.trials.lock().unwrap_or_else(PoisonError::into_inner);
        let known = trials.records.len();
        trials.records.extend_from_slice(session.completed(known));
        if trials.order != session.order() {
            trials.order = session.order().to_vec();
        }
    }

    /// The best `k` trials (0: all) as JSON, best first.
    pub(super) fn best(&self, k: usize) -> String {
        let mut trials = self.trials.lock().unwrap_or_else(PoisonError::into_inner);
        for record in &mut trials.records {
            // Every candidate was valid when it was proposed, so it can be built.
            let _ = record.count(&*self.space);
        }
        let mut best = rank(trials.records.clone(), &trials.order);
        drop(trials);
        best.truncate(if k == 0 { usize::MAX } else { k });
        serde_json::to_string(&best.iter().map(CompletedTrial::of).collect::<Vec<_>>()).unwrap_or_default()
    }
}

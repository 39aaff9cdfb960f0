//! Events as hosts get them.

use serde::Serialize;
use smash_core::session::Event;

use super::trial::CompletedTrial;

/// An event that names a trial.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum TrialEvent<'a> {
    Candidate(CompletedTrial<'a>),
    Chosen { trial_id: u64, hash: &'a str },
}

/// The JSON of an event. It is that of `events.jsonl`, but for trials: in files they keep the names of the
/// first version.
pub fn event_text(event: &Event) -> String {
    let text = match event {
        Event::Candidate(record) => serde_json::to_string(&TrialEvent::Candidate(CompletedTrial::of(record))),
        Event::Chosen { trial_id, hash } => {
            serde_json::to_string(&TrialEvent::Chosen { trial_id: *trial_id, hash })
        }
        other => serde_json::to_string(other),
    };
    text.unwrap_or_default()
}

//! Events as hosts get them.

use serde::Serialize;
use smash_core::session::Event;
use smash_sdk::host_functions::{DEBUG, INFORMATION, TRACE, WARNING, log, logs};

use super::context::TARGET;
use super::trial::CompletedTrial;

/// An event that names a trial.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum TrialEvent<'a> {
    Candidate(CompletedTrial<'a>),
    Chosen { trial_id: u64, hash: &'a str },
}

/// Says in the log what happens: phases and choices as information, candidates and epochs as details for
/// debugging, every step in a trace.
pub(super) fn tell_log(event: &Event) {
    let level = match event {
        Event::Step { applied: false, .. } | Event::Budget { .. } | Event::Exhausted { .. } => WARNING,
        Event::Phase { .. } | Event::Relaxed { .. } | Event::Chosen { .. } | Event::Finished { .. } => {
            INFORMATION
        }
        Event::Candidate(_) | Event::Epoch { .. } => DEBUG,
        Event::Step { .. } => TRACE,
    };
    if logs(level) {
        log(level, TARGET, &sentence(event));
    }
}

/// An event in words.
fn sentence(event: &Event) -> String {
    let loss = |loss: Option<f64>| match loss {
        Some(loss) => format!("loss {loss:.4}"),
        None => "no finite loss".into(),
    };
    match event {
        Event::Phase { phase, steps: Some(steps) } => format!("{phase} begins: {steps} steps"),
        Event::Phase { phase, steps: None } => format!("{phase} begins"),
        Event::Step { phase, step, steps, applied: false, .. } => {
            format!("{phase}: step {} of {steps} was skipped: the loss or a gradient is not finite", step + 1)
        }
        Event::Step { phase, step, steps, loss, .. } => {
            format!("{phase}: step {} of {steps}, loss {loss:.4}", step + 1)
        }
        Event::Epoch { phase, epoch, epochs, valid } => {
            format!("{phase}: epoch {epoch} of {epochs}, validation {}", loss(valid.map(|score| score.loss)))
        }
        Event::Candidate(record) => {
            format!("trial {} ({}): {}", record.trial_id, record.phase, loss(record.loss))
        }
        Event::Budget { phase, step } => format!("{phase} ends before step {step}: its time is over"),
        Event::Exhausted { phase, step, reason } => format!("{phase} ends before step {step}: {reason}"),
        Event::Relaxed { .. } => "the search goes on with looser constraints".into(),
        Event::Chosen { trial_id, hash } => format!("trial {trial_id} ({hash}) is chosen and trained"),
        Event::Finished { test: Some(score) } => format!("finished: test error {:.4}", score.error),
        Event::Finished { test: None } => "finished".into(),
    }
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

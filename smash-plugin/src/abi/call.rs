//! The options of a call that steps a search or a training.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use smash_core::session::{Event, Phase};
use smash_sdk::abi::{
    ERR_UNSUPPORTED, EVENT_CANDIDATE, EVENT_EPOCH, EVENT_OTHER, EVENT_PHASE, EVENT_STEP, PHASE_RETRAINING,
    PHASE_SEARCHING, PHASE_TRAINING, RunOptions,
};
use smash_sdk::float_mode::FloatMode;
use smash_sdk::guard::Failure;

use crate::embed::{Limits, event_text};

/// All kinds of events.
const ALL: u32 = EVENT_OTHER | EVENT_PHASE | EVENT_STEP | EVENT_EPOCH | EVENT_CANDIDATE;

/// The limits that the options of a run set.
///
/// # Errors
/// For a phase or a kind of events that this version does not know.
pub(super) fn limits(options: &RunOptions) -> Result<Limits, Failure> {
    let some = |value: u64| (value > 0).then_some(value);
    let until = match options.until {
        0 => None,
        PHASE_TRAINING => Some(Phase::Training),
        PHASE_SEARCHING => Some(Phase::Searching),
        PHASE_RETRAINING => Some(Phase::Retraining),
        other => return Err(unknown("until", other)),
    };
    let events = options.events & !ALL;
    if events != 0 {
        return Err(unknown("events", events));
    }
    let time = some(options.max_ms).map(Duration::from_millis);
    Ok(Limits { steps: some(options.max_steps), time, until })
}

fn unknown(field: &str, found: u32) -> Failure {
    (ERR_UNSUPPORTED, format!("options/{field}: this version does not know {found:#x}")).into()
}

/// Hands the events of a call to the progress callback of its options, and looks at their flag.
pub(super) struct Watch {
    options: RunOptions,
    /// When the last event of a step was handed over.
    last_step: Option<Instant>,
}

impl Watch {
    /// # Safety
    /// The callback of the options does what `smash.h` says, and the flag can be read as long as this lives.
    pub(super) unsafe fn new(options: RunOptions) -> Self {
        Self { options, last_step: None }
    }

    /// Whether the host has raised the flag.
    pub(super) fn is_cancelled(&self) -> bool {
        // SAFETY: promised to `new`; the host may write the number at any time.
        let flag = unsafe { self.options.cancel.cast::<AtomicI32>().as_ref() };
        flag.is_some_and(|flag| flag.load(Ordering::Relaxed) != 0)
    }

    /// Whether the host wants to see an event.
    fn wants(&mut self, event: &Event) -> bool {
        let kind = match event {
            Event::Phase { .. } => EVENT_PHASE,
            Event::Step { .. } => EVENT_STEP,
            Event::Epoch { .. } => EVENT_EPOCH,
            Event::Candidate(_) => EVENT_CANDIDATE,
            Event::Budget { .. }
            | Event::Exhausted { .. }
            | Event::Relaxed { .. }
            | Event::Chosen { .. }
            | Event::Finished { .. } => EVENT_OTHER,
        };
        if self.options.events != 0 && self.options.events & kind == 0 {
            return false;
        }
        if kind == EVENT_STEP && self.options.interval_ms > 0 {
            let least = Duration::from_millis(self.options.interval_ms);
            if self.last_step.is_some_and(|last| last.elapsed() < least) {
                return false;
            }
            self.last_step = Some(Instant::now());
        }
        true
    }

    /// Shows an event to the host; false: it wants the call to stop.
    pub(super) fn see(&mut self, event: &Event) -> bool {
        let RunOptions { progress, user, .. } = self.options;
        let go_on = match progress.filter(|_| self.wants(event)) {
            None => true,
            Some(progress) => {
                let mut text = event_text(event);
                let len = text.len();
                text.push('\0');
                let _mode = FloatMode::keep();
                // SAFETY: promised to `new`; the text is borrowed for the call.
                unsafe { progress(user, text.as_ptr().cast(), len) == 0 }
            }
        };
        go_on && !self.is_cancelled()
    }
}

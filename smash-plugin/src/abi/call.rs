//! The options of a call that steps a search or a training.

use std::time::Duration;

use smash_core::session::Event;
use smash_sdk::abi::RunOptions;
use smash_sdk::float_mode::FloatMode;

use crate::embed::{Limits, event_text};

/// The limits that the options of a run set.
pub(super) fn limits(options: &RunOptions) -> Limits {
    let some = |value: u64| (value > 0).then_some(value);
    Limits { steps: some(options.max_steps), time: some(options.max_ms).map(Duration::from_millis) }
}

/// A listener that hands each event to the progress callback, if there is one.
///
/// # Safety
/// The callback of the options does what `smash.h` says.
pub(super) unsafe fn watch(options: &RunOptions) -> impl FnMut(&Event) -> bool {
    let RunOptions { progress, user, .. } = *options;
    move |event| {
        let Some(progress) = progress else { return true };
        let mut text = event_text(event);
        let len = text.len();
        text.push('\0');
        let _mode = FloatMode::keep();
        // SAFETY: promised by the caller; the text is borrowed for the call.
        unsafe { progress(user, text.as_ptr().cast(), len) == 0 }
    }
}

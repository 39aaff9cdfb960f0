//! Progress bars on a terminal.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar, hidden when `quiet` or when nobody watches.
pub(crate) fn new(quiet: bool) -> ProgressBar {
    let visible = !quiet && stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    ProgressBar::with_draw_target(None, target)
}

/// Begins something new at a place: what it is, how long it takes where that is known, and how both are shown. The time
/// left is estimated from here on: what was done before was not done now.
pub(crate) fn begin(bar: &ProgressBar, template: &str, what: String, length: Option<u64>, at: u64) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(what);
    match length {
        Some(length) => bar.set_length(length),
        None => bar.unset_length(),
    }
    bar.reset();
    bar.set_position(at);
    bar.reset_eta();
}

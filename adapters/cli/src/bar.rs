//! Progress bars on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal;

/// A progress bar, hidden when `quiet` or when standard error is no terminal.
pub(crate) fn new(quiet: bool) -> ProgressBar {
    let visible = !quiet && terminal::is_watched();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    ProgressBar::with_draw_target(None, target)
}

/// Restarts a bar at a position: what is being done, its length where that is known, and the template that
/// shows both. The remaining time is estimated from here on: what an earlier run did took none of this one's
/// time.
pub(crate) fn begin(bar: &ProgressBar, template: &str, what: String, length: Option<u64>, at: u64) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(terminal::line(&what).into_owned());
    match length {
        Some(length) => bar.set_length(length),
        None => bar.unset_length(),
    }
    bar.reset();
    bar.set_position(at);
    bar.reset_eta();
}

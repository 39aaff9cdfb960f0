//! The live progress bar of a run.

use indicatif::ProgressBar;
use smash_core::session::{Event, Phase, Seconds};
use smash_plugin::run::Watch;

use crate::{bar, terminal};

/// Window of the moving averages of loss and error, in steps.
const WINDOW: f64 = 50.0;
/// Share of the time spent on data loading from which on it is shown.
const SHOWN_SHARE: f64 = 0.05;

const COUNTED: &str = "{prefix:>10} [{bar:32}] {pos}/{len}  {msg}  {elapsed} elapsed, {eta} left";
const OPEN: &str = "{prefix:>10} {spinner} {pos}  {msg}  {elapsed} elapsed";

/// A moving average (exponential once the window is full).
#[derive(Debug, Default)]
struct MovingAverage {
    value: f64,
    count: f64,
}

impl MovingAverage {
    /// Adds a value; returns the average.
    fn add(&mut self, value: f64) -> f64 {
        if value.is_finite() {
            self.count = (self.count + 1.0).min(WINDOW);
            self.value += (value - self.value) / self.count;
        }
        self.value
    }
}

/// A progress bar for each phase: steps, smoothed loss and error, the best candidate, the time left. Draws on
/// a terminal only.
pub(crate) struct Progress {
    bar: ProgressBar,
    phase: Option<Phase>,
    /// Total number of candidates of the search; a resumed search does not report it again.
    candidates: Option<u64>,
    loss: MovingAverage,
    error: MovingAverage,
    best: Option<f64>,
    /// The time so far, and the time when the phase began.
    seconds: Seconds,
    begun: Seconds,
}

impl Progress {
    /// A progress bar, hidden when `quiet` or when standard error is no terminal.
    pub(crate) fn new(quiet: bool, candidates: Option<u64>) -> Self {
        let bar = bar::new(quiet);
        let (loss, error, seconds) = (MovingAverage::default(), MovingAverage::default(), Seconds::default());
        Self { bar, phase: None, candidates, loss, error, best: None, seconds, begun: seconds }
    }

    /// The share of this phase that was spent waiting for data loading; empty while it is small.
    fn data_loading(&self) -> String {
        let (now, then) = (&self.seconds, &self.begun);
        let share = (now.waiting - then.waiting) / (now.total() - then.total());
        // Without elapsed time the share is NaN, which is not shown.
        if share > SHOWN_SHARE { format!(", {:.0} % data loading", 100.0 * share) } else { String::new() }
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Starts the bar of a phase at a step.
    fn enter(&mut self, phase: Phase, steps: Option<u64>, at: u64) {
        if self.phase == Some(phase) {
            return;
        }
        self.phase = Some(phase);
        self.begun = self.seconds;
        (self.loss, self.error) = (MovingAverage::default(), MovingAverage::default());
        let template = if steps.is_some() { COUNTED } else { OPEN };
        bar::begin(&self.bar, template, phase.to_string(), steps, at);
        self.bar.set_message("");
    }
}

impl Drop for Progress {
    /// Removes the bar: later output goes in its place.
    fn drop(&mut self) {
        self.clear();
    }
}

impl Watch for Progress {
    fn seconds(&mut self, seconds: Seconds) {
        self.seconds = seconds;
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Phase { phase, steps } => self.enter(*phase, *steps, 0),
            Event::Step { phase, step, steps, loss, error, .. } => {
                self.enter(*phase, Some(*steps), *step);
                let (loss, error) = (self.loss.add(*loss), self.error.add(*error));
                let data_loading = self.data_loading();
                self.bar.set_message(format!("loss {loss:.4}, error {:.1} %{data_loading}", 100.0 * error));
                self.bar.set_position(step + 1);
            }
            Event::Candidate(record) => {
                self.enter(Phase::Searching, self.candidates, record.trial_id);
                if let Some(loss) = record.loss
                    && self.best.is_none_or(|best| loss < best)
                {
                    self.best = Some(loss);
                }
                if let Some(best) = self.best {
                    self.bar.set_message(format!(
                        "{}, best loss {best:.4}{}",
                        terminal::line(&record.phase),
                        self.data_loading()
                    ));
                }
                self.bar.set_position(record.trial_id + 1);
            }
            Event::Exhausted { phase, step, reason } => {
                // Also without a bar: the run is shorter than its job says.
                self.bar.suspend(|| {
                    terminal::say(&format!("warning: {phase} ended before step {step}: {reason}"));
                });
            }
            Event::Relaxed { .. } => {
                self.bar.suspend(|| {
                    terminal::say("note: the constraints are looser than before; the run goes on with them");
                });
            }
            Event::Budget { .. } | Event::Epoch { .. } | Event::Chosen { .. } | Event::Finished { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_events_also_when_resumed() {
        let mut progress = Progress::new(true, Some(10));
        let step = |step| Event::Step {
            phase: Phase::Training,
            step,
            steps: 50,
            loss: 2.0,
            error: 0.5,
            applied: true,
        };
        progress.event(&step(20));
        assert_eq!((progress.bar.position(), progress.bar.length()), (21, Some(50)));
        progress.event(&Event::Phase { phase: Phase::Searching, steps: Some(10) });
        assert_eq!((progress.bar.position(), progress.bar.length()), (0, Some(10)));
    }

    #[test]
    fn data_loading_is_counted_per_phase() {
        let mut progress = Progress::new(true, None);
        let seconds = |hypernet, search, waiting| Seconds { hypernet, search, waiting, ..Seconds::default() };
        progress.seconds(seconds(10.0, 0.0, 9.0));
        progress.event(&Event::Phase { phase: Phase::Searching, steps: None });
        assert_eq!(progress.data_loading(), "");
        progress.seconds(seconds(10.0, 4.0, 9.1));
        assert_eq!(progress.data_loading(), "");
        progress.seconds(seconds(10.0, 4.0, 10.0));
        assert_eq!(progress.data_loading(), ", 25 % data loading");
    }

    #[test]
    fn smooths_from_the_first_step_on() {
        let mut smooth = MovingAverage::default();
        assert!((smooth.add(4.0) - 4.0).abs() < 1e-12);
        assert!((smooth.add(2.0) - 3.0).abs() < 1e-12);
        assert!((smooth.add(f64::NAN) - 3.0).abs() < 1e-12);
    }
}

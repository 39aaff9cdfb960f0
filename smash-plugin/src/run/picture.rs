//! A picture of a run: how its HyperNet learned, what its search found, and how the chosen network was trained.

mod chart;
mod numbers;
mod panels;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::{Error, Result};

/// Draws what a run folder holds so far, as SVG. The same files give the same picture.
///
/// There is a panel for each phase that has begun: the HyperNet's training loss, the candidates' validation losses, the
/// training error of the chosen network.
///
/// # Errors
/// When it is no run folder, nothing has happened in it yet, or its files cannot be read.
pub fn picture(run: &Path) -> Result<String> {
    if !run.is_dir() {
        return Err(Error::run(run, "no such run folder"));
    }
    let seen = read::Seen::read(run)?;
    let panels = panels::of(&seen);
    if panels.is_empty() {
        return Err(Error::run(
            run,
            "nothing to draw: expected training steps in events.jsonl, or candidates there or in ranking.jsonl",
        ));
    }
    chart::draw(&panels::title(&seen), &panels)
        .map_err(|error| Error::run(run, format!("cannot be drawn: {error}")))
}

//! A picture of a run: the learning curve of its HyperNet, the candidates of its search, and the training
//! curve of the best network.

mod chart;
mod numbers;
mod panels;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::{Error, Result};

/// Draws the contents of a run folder so far, as SVG. The same files give the same picture.
///
/// There is a panel for each phase that has begun: the HyperNet's training loss, the candidates' validation
/// losses, the training error of the best network.
///
/// # Errors
/// When the folder is no run folder, is still empty of events, or its files cannot be read.
pub fn picture(run: &Path) -> Result<String> {
    if !run.is_dir() {
        return Err(Error::run(run, "no such run folder"));
    }
    let seen = read::RunFiles::read(run)?;
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

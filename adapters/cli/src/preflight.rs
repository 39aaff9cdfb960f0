//! The preflight checks of every run.

use smash_core::constraint::Share;
use smash_core::dataset::Data;
use smash_plugin::{Checked, Job, Registry};

use crate::error::Result;
use crate::terminal;

/// Below this share of samples that meet the constraints a search says so.
const RARE: f64 = 0.05;

/// Opens the components of a job and checks everything that can fail early: called before a run folder is
/// created. What the user should know of the data is said on stderr.
pub(crate) fn checked_parts(registry: &Registry, job: &Job) -> Result<Checked> {
    let parts = job.parts(registry)?;
    warn_of(&parts.data);
    Ok(Checked::new(job, parts)?)
}

/// Says what the user should know of a dataset, on stderr.
pub(crate) fn warn_of(data: &Data) {
    warn(data.notes());
}

/// Warns of each note, on stderr.
pub(crate) fn warn(notes: &[String]) {
    for note in notes {
        terminal::say(&format!("warning: {note}"));
    }
}

/// Says that few samples meet the constraints, on stderr.
pub(crate) fn warn_of_rare(share: Option<Share>) {
    if let Some(share) = share.filter(|share| share.fraction() < RARE) {
        terminal::say(&format!(
            "warning: constraints: {share}: each candidate takes as many draws, and the search ends early when no \
             further one is found"
        ));
    }
}

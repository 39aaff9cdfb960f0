//! The preflight checks of every run.

use smash_core::constraint::{Constrained, Constraints, Share};
use smash_core::dataset::Data;
use smash_core::random::Seed;
use smash_core::session::Parts;
use smash_core::space::SearchSpace;
use smash_plugin::{Job, Registry};

use crate::error::Result;
use crate::terminal;

/// Below this share of samples that meet the constraints a search says so.
const RARE: f64 = 0.05;

/// The components of a job that was checked.
pub(crate) struct Checked {
    pub(crate) parts: Parts,
    /// The samples of the space that meet the job's constraints; `None` without any.
    pub(crate) share: Option<Share>,
}

/// Opens the components of a job and checks everything that can fail early: called before a run folder is
/// created. What the user should know of the data is said on stderr.
pub(crate) fn checked_parts(registry: &Registry, job: &Job) -> Result<Checked> {
    let parts = job.parts(registry)?;
    warn_of(&parts.data);
    let settings = job.settings();
    settings
        .constraints
        .check()
        .map_err(|problem| smash_core::Error::Invalid(problem.under("/constraints")))?;
    let random = || Seed::new(job.seed).split("check").random();
    // Training meets the upper bounds from its first, smallest samples on; the search meets all constraints.
    Constrained::new(&*parts.space, settings.constraints.upper()).sample(&mut random(), 0.0)?;
    let space = Constrained::new(&*parts.space, settings.constraints);
    space.sample(&mut random(), 1.0)?;
    let bound = settings.constraints != Constraints::default();
    let share = bound.then(|| space.share(&mut random())).transpose()?;
    Ok(Checked { parts, share })
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

//! The preflight checks of every run.

use smash_core::constraint::Constrained;
use smash_core::random::Seed;
use smash_core::session::Parts;
use smash_core::space::SearchSpace;
use smash_plugin::{Job, Registry};

use crate::error::Result;

/// Opens the components of a job and checks everything that can fail early: called before a run folder is
/// created.
pub(crate) fn checked_parts(registry: &Registry, job: &Job) -> Result<Parts> {
    let parts = job.parts(registry)?;
    let settings = job.settings();
    settings
        .constraints
        .check()
        .map_err(|problem| smash_core::Error::Invalid(problem.under("/constraints")))?;
    let random = || Seed::new(job.seed).split("check").random();
    // Training meets the upper bounds from its first, smallest samples on; the search meets all constraints.
    Constrained::new(&*parts.space, settings.constraints.upper()).sample(&mut random(), 0.0)?;
    Constrained::new(&*parts.space, settings.constraints).sample(&mut random(), 1.0)?;
    Ok(parts)
}

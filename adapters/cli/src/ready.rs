//! The checks that every run begins with.

use smash_core::constraint::Constrained;
use smash_core::random::Seed;
use smash_core::session::Parts;
use smash_core::space::SearchSpace;
use smash_plugin::{Job, Registry};

use crate::error::Result;

/// The parts of a job, after all that can be known to fail early was tried: called before a run folder is made.
pub(crate) fn ready(registry: &Registry, job: &Job) -> Result<Parts> {
    let parts = job.parts(registry)?;
    let settings = job.settings();
    settings
        .constraints
        .check()
        .map_err(|problem| smash_core::Error::Invalid(problem.under("/constraints")))?;
    let random = || Seed::new(job.seed).split("check").random();
    // Training meets the upper bounds from its first, smallest samples on; the search meets all of them.
    Constrained::new(&*parts.space, settings.constraints.upper()).sample(&mut random(), 0.0)?;
    Constrained::new(&*parts.space, settings.constraints).sample(&mut random(), 1.0)?;
    Ok(parts)
}

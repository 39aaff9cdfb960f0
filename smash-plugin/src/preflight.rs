//! The preflight checks of a job: everything that can fail early.

use smash_core::constraint::{Constrained, Constraints, Share};
use smash_core::random::Seed;
use smash_core::session::Parts;
use smash_core::space::SearchSpace;

use crate::{Job, Result};

/// The components of a job that was checked.
pub struct Checked {
    /// The components.
    pub parts: Parts,
    /// The samples of the space that meet the job's constraints; `None` without any.
    pub share: Option<Share>,
}

impl Checked {
    /// Checks that a search of these components can begin: that architectures are found which meet the
    /// constraints.
    ///
    /// # Errors
    /// Problems of the constraints; when no sample meets them.
    pub fn new(job: &Job, parts: Parts) -> Result<Self> {
        let constraints = job.settings().constraints;
        constraints.check().map_err(|problem| smash_core::Error::Invalid(problem.under("/constraints")))?;
        let random = || Seed::new(job.seed).split("check").random();
        // Training meets the upper bounds from its first, smallest samples on; the search meets all
        // constraints.
        Constrained::new(&*parts.space, constraints.upper()).sample(&mut random(), 0.0)?;
        let space = Constrained::new(&*parts.space, constraints);
        space.sample(&mut random(), 1.0)?;
        let bound = constraints != Constraints::default();
        let share = bound.then(|| space.share(&mut random())).transpose()?;
        Ok(Self { parts, share })
    }
}

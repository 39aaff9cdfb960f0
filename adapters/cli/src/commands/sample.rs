//! `smash sample`.

use std::io::Write;

use smash_core::constraint::Constrained;
use smash_core::random::Seed;
use smash_core::space::SearchSpace;
use smash_plugin::{Registry, architecture_file};

use crate::args::SampleArgs;
use crate::error::Result;
use crate::job;
use crate::output::write_line;

/// Samples architectures with the progress that a search has at its end, one JSON a line.
pub(crate) fn sample(registry: &Registry, args: &SampleArgs, out: &mut dyn Write) -> Result<()> {
    let job = job::load(registry, &args.job)?;
    let task = registry.dataset(&job.dataset)?.task().clone();
    let space = registry.space(&job.space, &task)?;
    let constrained = || Constrained::new(&*space, job.constraints);
    // Constraints that the first sample meets in time are worth more patience: one draw may be unlucky.
    let (first, rest) = (constrained(), constrained().patient());
    let seed = Seed::new(args.seed.unwrap_or(job.seed)).split("sample");
    for i in 0..args.count {
        let space = if i == 0 { &first } else { &rest };
        let architecture = space.sample(&mut seed.at(i).random(), 1.0)?;
        let file = architecture_file(&job, &task, architecture);
        write_line(out, &file)?;
    }
    Ok(())
}

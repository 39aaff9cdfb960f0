//! `smash train`.

use std::io::Write;
use std::path::Path;

use smash_core::architecture::ArchitectureFile;
use smash_plugin::{Registry, Training, run};

use super::search::summary;
use crate::args::{JobArgs, RunArgs, TrainArgs};
use crate::error::{Error, Result};
use crate::folder::Place;
use crate::interrupt::{cancel_flag, interrupted, resume_command};
use crate::output::name_folder;
use crate::preflight::warn_of;
use crate::progress::Progress;
use crate::{input, job};

/// Trains one architecture with its own weights.
pub(crate) fn train(registry: &Registry, args: &TrainArgs, out: &mut dyn Write) -> Result<u8> {
    if input::is_stdin(&args.architecture) && input::is_stdin(&args.job.job) {
        return Err(Error::Usage(
            "only one of the architecture and the job can come from standard input".to_owned(),
        ));
    }
    let file = input::architecture_file(&args.architecture)?;
    train_file(registry, (&file, Some(&args.architecture)), args.into(), out)
}

/// A training: its job, its run folder and how it is run.
pub(super) struct Run<'a> {
    pub(super) job: &'a JobArgs,
    pub(super) place: Place<'a>,
    pub(super) run: &'a RunArgs,
}

impl<'a> From<&'a TrainArgs> for Run<'a> {
    fn from(args: &'a TrainArgs) -> Self {
        Self { job: &args.job, place: Place::Named(&args.out), run: &args.run }
    }
}

/// Trains the architecture of a file, which may have been generated and then has no path.
pub(super) fn train_file(
    registry: &Registry,
    (file, path): (&ArchitectureFile, Option<&Path>),
    args: Run<'_>,
    out: &mut dyn Write,
) -> Result<u8> {
    let mut document = job::document(registry, args.job)?;
    Training::set_space(&mut document, file);
    let job = job::parse(registry, document, &input::name(&args.job.job))?;
    let data = job.data(registry)?;
    warn_of(&data);
    let training = Training::new(registry, job, data, file)?;
    let cancel = cancel_flag()?;
    let folder = args.place.enter(registry, args.run.resume, &training.job)?;
    let mut progress = Progress::new(args.run.quiet, None);
    let finished = run::train(&folder, training, &mut progress, &cancel);
    progress.clear();
    let Some(metrics) = finished? else {
        // Resuming reads files again: what has no file of its own is read from the run folder.
        let kept = |path: &Path, name: &str| {
            let lost = input::is_stdin(path) || !path.is_file();
            if lost { folder.file(name) } else { path.to_owned() }
        };
        let architecture =
            path.map_or_else(|| folder.file("best.arch.json"), |path| kept(path, "best.arch.json"));
        let job_file = kept(&args.job.job, "job.json");
        let words = ["train".as_ref(), &*architecture, &*job_file];
        return Ok(interrupted(&resume_command(registry, &words, args.job, folder.path(), args.run.quiet)));
    };
    if args.run.quiet {
        return name_folder(&folder, out);
    }
    out.write_all(summary::train(folder.path(), &metrics).as_bytes()).map_err(Error::Output)?;
    Ok(0)
}

//! `smash search` and `smash train`.

use std::fs;
use std::io::{Write, stderr};
use std::path::Path;

use smash_core::architecture::ArchitectureFile;
use smash_core::session::Record;
use smash_plugin::run::{self, Outcome, RunFolder};
use smash_plugin::{Registry, space_of};

use crate::args::{SearchArgs, TrainArgs};
use crate::error::{Error, Result};
use crate::interrupt::{INTERRUPTED, cancel_flag, resume_command};
use crate::progress::Progress;
use crate::validate::ready;
use crate::{folder, input, job, summary};

/// Runs the main job.
pub(crate) fn search(registry: &Registry, args: &SearchArgs, out: &mut dyn Write) -> Result<u8> {
    let job = job::load(registry, &args.job)?;
    // Everything that can be wrong with the job is found before there is a folder.
    let candidates = ready(registry, &job)?.strategy.proposer.total();
    let cancel = cancel_flag()?;
    let folder = folder::of_search(registry, &args.job.job, args.out.as_deref(), args.run.resume, &job)?;
    let mut progress = Progress::new(args.run.quiet, candidates);
    let outcome = run::search(&folder, registry, &job, &mut progress, &cancel);
    progress.clear();
    match outcome? {
        Outcome::Cancelled => {
            // A job from standard input cannot be read again, but the folder has it.
            let saved = folder.file("job.json");
            let file = if input::is_stdin(&args.job.job) { &saved } else { &args.job.job };
            let command = resume_command(
                registry,
                &["search".as_ref(), file],
                &args.job,
                folder.path(),
                args.run.quiet,
            );
            Ok(interrupted(&command))
        }
        Outcome::Finished(_) if args.run.quiet => quiet(&folder, out),
        Outcome::Finished(metrics) => {
            let text = summary::search(folder.path(), &records(&folder)?, &metrics);
            out.write_all(text.as_bytes()).map_err(Error::Output)?;
            Ok(0)
        }
    }
}

/// Trains one architecture.
pub(crate) fn train(registry: &Registry, args: &TrainArgs, out: &mut dyn Write) -> Result<u8> {
    if input::is_stdin(&args.architecture) && input::is_stdin(&args.job.job) {
        return Err(Error::Usage(
            "only one of the architecture and the job can come from standard input".to_owned(),
        ));
    }
    let file = input::architecture_file(&args.architecture)?;
    train_file(registry, file, args, out)
}

/// Trains the architecture of a file that was read from where `args` say, or made for them.
pub(crate) fn train_file(
    registry: &Registry,
    mut file: ArchitectureFile,
    args: &TrainArgs,
    out: &mut dyn Write,
) -> Result<u8> {
    let mut document = job::document(registry, &args.job)?;
    // The space that the architecture says it is from, but for the examples of this job.
    if let (Some(settings), Some(fields)) = (file.settings.take(), document.as_object_mut()) {
        fields.insert("space".to_owned(), settings);
    }
    let job = job::parse(registry, document, &input::name(&args.job.job))?;
    let mut parts = job.parts(registry)?;
    file.task = Some(parts.data.task().clone());
    parts.space = space_of(registry, &file, Some((&job.space, parts.data.task())))?.0;
    let cancel = cancel_flag()?;
    let folder = folder::named(registry, &args.out, args.run.resume, &job)?;
    let mut progress = Progress::new(args.run.quiet, None);
    let outcome = run::train(&folder, &job, parts, &file.architecture, &mut progress, &cancel);
    progress.clear();
    match outcome? {
        Outcome::Cancelled => {
            // What is in no file of its own, the folder has.
            let kept = |path: &Path, name: &str| {
                let lost = input::is_stdin(path) || !path.is_file();
                if lost { folder.file(name) } else { path.to_owned() }
            };
            let architecture = kept(&args.architecture, "best.arch.json");
            let job_file = kept(&args.job.job, "job.json");
            let words = ["train".as_ref(), &*architecture, &*job_file];
            Ok(interrupted(&resume_command(registry, &words, &args.job, folder.path(), args.run.quiet)))
        }
        Outcome::Finished(_) if args.run.quiet => quiet(&folder, out),
        Outcome::Finished(metrics) => {
            out.write_all(summary::train(folder.path(), &metrics).as_bytes()).map_err(Error::Output)?;
            Ok(0)
        }
    }
}

pub(crate) fn interrupted(command: &str) -> u8 {
    let _ = writeln!(stderr(), "interrupted, and saved; go on with\n  {command}");
    INTERRUPTED
}

/// What a script needs: where the run is.
fn quiet(folder: &RunFolder, out: &mut dyn Write) -> Result<u8> {
    writeln!(out, "{}", folder.path().display()).map_err(Error::Output)?;
    Ok(0)
}

/// The candidates of a run.
fn records(folder: &RunFolder) -> Result<Vec<Record>> {
    let path = folder.file("ranking.jsonl");
    let text = fs::read_to_string(&path).map_err(|error| Error::reading(&path, &error))?;
    let line = |line: &str| {
        serde_json::from_str(line).map_err(|error| Error::Data(format!("{}: {error}", path.display())))
    };
    text.lines().map(line).collect()
}

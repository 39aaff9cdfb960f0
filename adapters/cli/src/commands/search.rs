//! `smash search`.

pub(super) mod summary;

use std::fs;
use std::io::Write;
use std::path::Path;

use smash_core::session::Record;
use smash_plugin::run::{self, RunFolder};
use smash_plugin::{Checked, Registry};

use crate::args::SearchArgs;
use crate::error::{Error, Result};
use crate::interrupt::{cancel_flag, interrupted, resume_command};
use crate::output::name_folder;
use crate::preflight::{checked_parts, warn_of_rare};
use crate::progress::Progress;
use crate::{folder, input, job};

/// Runs a whole job: HyperNet training, search, retraining.
pub(crate) fn search(registry: &Registry, args: &SearchArgs, out: &mut dyn Write) -> Result<u8> {
    let job = job::load(registry, &args.job)?;
    // Every problem of the job is found before a folder is created.
    let Checked { parts, share } = checked_parts(registry, &job)?;
    warn_of_rare(share);
    let cancel = cancel_flag()?;
    let folder = folder::of_search(registry, &args.job.job, args.out.as_deref(), args.run.resume, &job)?;
    let mut progress = Progress::new(args.run.quiet, parts.strategy.proposer.total());
    let finished = run::search(&folder, &job, parts, &mut progress, &cancel);
    progress.clear();
    let Some(metrics) = finished? else {
        // A job from standard input cannot be read again to resume, but the run folder has a copy.
        let saved = folder.file("job.json");
        let file = if input::is_stdin(&args.job.job) { &saved } else { &args.job.job };
        let words: [&Path; 2] = ["search".as_ref(), file];
        return Ok(interrupted(&resume_command(registry, &words, &args.job, folder.path(), args.run.quiet)));
    };
    if args.run.quiet {
        return name_folder(&folder, out);
    }
    let text = summary::search(folder.path(), &records(&folder)?, &metrics);
    out.write_all(text.as_bytes()).map_err(Error::Output)?;
    Ok(0)
}

/// The candidates of a run, from `ranking.jsonl`.
fn records(folder: &RunFolder) -> Result<Vec<Record>> {
    let path = folder.file("ranking.jsonl");
    let text = fs::read_to_string(&path).map_err(|error| Error::reading(&path, &error))?;
    let line = |line: &str| {
        smash_core::json::from_str(line).map_err(|error| Error::Data(format!("{}: {error}", path.display())))
    };
    text.lines().map(line).collect()
}

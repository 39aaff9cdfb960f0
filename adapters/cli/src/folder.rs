//! Chooses the run folder of a command.

use std::path::{Path, PathBuf};

use serde_json::Value;
use smash_plugin::run::RunFolder;
use smash_plugin::{Job, Registry};

use crate::error::{Error, Result};
use crate::{input, terminal};

/// The parent of run folders that are not named.
const RUNS: &str = "runs";

/// The run folder of a search: created, or opened with `resume`.
pub(crate) fn of_search(
    registry: &Registry,
    job_file: &Path,
    out: Option<&Path>,
    resume: bool,
    job: &Job,
) -> Result<RunFolder> {
    if let Some(out) = out {
        return named(registry, out, resume, job);
    }
    let stem = stem(job_file);
    if resume {
        return match &RunFolder::existing_names(&stem)[..] {
            [] => named(registry, &stem, true, job),
            [one] => named(registry, one, true, job),
            several => {
                let names: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
                let names = names.join(", ");
                Err(Error::Usage(format!(
                    "there are several runs of this job ({names}): name one with --out"
                )))
            }
        };
    }
    Ok(RunFolder::create_next(&stem, job)?)
}

/// The default run folder of a job file: `runs/<name of the file>`.
pub(crate) fn stem(job_file: &Path) -> PathBuf {
    let stem = if input::is_stdin(job_file) { None } else { job_file.file_stem() };
    Path::new(RUNS).join(stem.unwrap_or("job".as_ref()))
}

/// Where a run folder is to be.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The command line names it.
    Named(&'a Path),
    /// The next free name after this one.
    Next(&'a Path),
}

impl Place<'_> {
    /// The run folder: created, or opened with `resume` where it was named.
    pub(crate) fn enter(self, registry: &Registry, resume: bool, job: &Job) -> Result<RunFolder> {
        match self {
            Self::Named(out) => named(registry, out, resume, job),
            Self::Next(stem) => Ok(RunFolder::create_next(stem, job)?),
        }
    }
}

/// The run folder that the command line names: created, or opened with `resume`.
fn named(registry: &Registry, out: &Path, resume: bool, job: &Job) -> Result<RunFolder> {
    if !resume {
        return Ok(RunFolder::create(out, job)?);
    }
    if !out.exists() {
        terminal::say(&format!("note: {} does not exist: starting from the beginning", out.display()));
        return Ok(RunFolder::create(out, job)?);
    }
    if !out.join("job.json").is_file() {
        return Ok(RunFolder::open_unbegun(out, job)?);
    }
    let folder = RunFolder::open(out)?;
    if RunFolder::may_continue(out, registry, job)? {
        return Ok(folder);
    }
    let before = RunFolder::read_job(out, registry)?;
    if !job.goes_on_with(&before) {
        let mut differences = Vec::new();
        compare(&before.resolved(), &job.resolved(), "", &mut differences);
        return Err(Error::Usage(format!(
            "{}: this run folder belongs to another job: resume with the job that began it (only its constraints \
             may become looser), or choose another folder with --out{}",
            out.display(),
            differences.concat()
        )));
    }
    Ok(folder)
}

/// Lists the leaves that differ, one a line. Threads and device do not belong to a job's identity.
fn compare(before: &Value, now: &Value, at: &str, lines: &mut Vec<String>) {
    if before == now || at == "/threads" || at == "/backend/device" {
        return;
    }
    if let (Value::Object(before), Value::Object(now)) = (before, now) {
        for (key, value) in before {
            compare(value, now.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"), lines);
        }
        for (key, value) in now.iter().filter(|(key, _)| !before.contains_key(*key)) {
            compare(&Value::Null, value, &format!("{at}/{key}"), lines);
        }
        return;
    }
    lines.push(format!("\n{at}: {before} in the folder, {now} in this job"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_named_by_pointer() {
        let mut lines = Vec::new();
        let before = json!({"seed": 0, "threads": 1, "strategy": {"epochs": 2}, "budget": {}});
        let now =
            json!({"seed": 0, "threads": 2, "strategy": {"epochs": 3}, "budget": {"search_seconds": 1.5}});
        compare(&before, &now, "", &mut lines);
        lines.sort();
        assert_eq!(
            lines,
            [
                "\n/budget/search_seconds: null in the folder, 1.5 in this job",
                "\n/strategy/epochs: 2 in the folder, 3 in this job",
            ]
        );
    }
}

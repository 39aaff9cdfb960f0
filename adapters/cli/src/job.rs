//! Loads a job file and applies the command line's changes to it.

use std::path::Path;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_plugin::{Job, Registry};

use crate::args::JobArgs;
use crate::error::{Error, Result};
use crate::expand::expand;
use crate::input;

/// The job of a command line: its file, then the assignments of `--set` and `--threads`, then `${NAME}` from
/// the environment.
pub(crate) fn load(registry: &Registry, args: &JobArgs) -> Result<Job> {
    parse(registry, document(registry, args)?, &input::name(&args.job))
}

/// The job of a command line as an unchecked document.
pub(crate) fn document(registry: &Registry, args: &JobArgs) -> Result<Value> {
    let mut document = input::json(&input::text(&args.job)?, &input::name(&args.job))?;
    name_defaults(registry, &mut document, &args.sets)?;
    for set in &args.sets {
        Job::apply(&mut document, set)?;
    }
    if let Some(threads) = args.threads {
        Job::apply(&mut document, &format!("threads={threads}"))?;
    }
    Ok(document)
}

/// Writes out the default type of a component where an assignment changes one of its fields.
fn name_defaults(registry: &Registry, document: &mut Value, sets: &[String]) -> Result<()> {
    let Some(fields) = document.as_object_mut() else {
        return Ok(());
    };
    let inside =
        |key: &str| sets.iter().any(|set| set.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')));
    for key in Kind::OF_JOB.map(Kind::key).into_iter().filter(|key| inside(key)) {
        if !fields.contains_key(key) {
            let default = Job::parse(registry, &json!({}))?.resolved();
            fields.insert(key.to_owned(), json!({"type": default[key]["type"]}));
        }
    }
    Ok(())
}

/// The job in a file, unchanged.
pub(crate) fn from_file(registry: &Registry, path: &Path) -> Result<Job> {
    load(registry, &JobArgs { job: path.to_owned(), sets: Vec::new(), threads: None })
}

/// Expands environment variables and checks a job; `name` is its name in messages.
pub(crate) fn parse(registry: &Registry, mut document: Value, name: &str) -> Result<Job> {
    expand_environment(&mut document, name)?;
    Job::parse(registry, &document).map_err(|error| match error {
        smash_plugin::Error::Job(problems) => Error::problems(name, &problems),
        other => other.into(),
    })
}

/// Replaces `${NAME}` by environment variables. Only this program does so: the library does not read the
/// environment.
pub(crate) fn expand_environment(document: &mut Value, name: &str) -> Result<()> {
    expand(document, &|variable| std::env::var(variable).ok())
        .map_err(|problems| Error::problems(name, &problems))
}

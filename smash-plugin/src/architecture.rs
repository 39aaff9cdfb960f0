//! Architecture files, which carry what is needed to build their network elsewhere.

use serde_json::Value;
use smash_core::architecture::{Architecture, ArchitectureFile};
use smash_core::component::Kind;
use smash_core::error::Problem;
use smash_core::space::SearchSpace;
use smash_core::task::Task;

use crate::error::{Error, Result};
use crate::job::Job;
use crate::registry::Registry;

/// The architecture file of an architecture that a job found.
pub fn architecture_file(job: &Job, task: &Task, architecture: Architecture) -> ArchitectureFile {
    ArchitectureFile { architecture, settings: Some(job.space.clone()), task: Some(task.clone()) }
}

/// The target of a conversion.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The configuration of the target space; absent: that of the architecture.
    pub settings: Option<Value>,
    /// The target task; absent: that of the architecture.
    pub task: Option<Task>,
}

/// Converts an architecture to other settings of its space or to another task: another rank, other extents,
/// channels or classes.
///
/// # Errors
/// [`Error::Architecture`] when the file lacks its settings or task or is not valid; problems of the target;
/// a space that cannot convert.
pub fn convert(registry: &Registry, file: &ArchitectureFile, target: &Target) -> Result<ArchitectureFile> {
    let (_, task) = space_of(registry, file, None)?;
    let task = target.task.clone().unwrap_or(task);
    let given = target.settings.as_ref().or(file.settings.as_ref()).unwrap_or(&Value::Null);
    let settings = registry.resolve(Kind::Space, given).map_err(Error::Job)?;
    let space = registry.space(&settings, &task)?;
    let architecture = space.convert(&file.architecture)?;
    space.validate(&architecture)?;
    Ok(ArchitectureFile { architecture, settings: Some(settings), task: Some(task) })
}

/// The space that can build the architecture of a file, and the task it is for. What the file itself does not
/// say is taken from `fallback`: the `space` of a job and a task.
///
/// # Errors
/// [`Error::Architecture`] when something is missing, the settings are wrong, or the architecture is not
/// valid in the space.
pub fn space_of(
    registry: &Registry,
    file: &ArchitectureFile,
    fallback: Option<(&Value, &Task)>,
) -> Result<(Box<dyn SearchSpace>, Task)> {
    let missing = |field: &str, what: &str| {
        let message = format!(
            "missing field {field:?} ({what}): add it, or name the job that the architecture is from"
        );
        Error::Architecture(vec![Problem::new("", message)])
    };
    let (space, task) = fallback.unzip();
    let task = file.task.as_ref().or(task).ok_or_else(|| missing("task", "channels, extents and classes"))?;
    let (config, at) = match (&file.settings, space) {
        (Some(settings), _) => (settings, "/settings"),
        (None, Some(space)) => (space, "/space"),
        (None, None) => return Err(missing("settings", "the space's configuration")),
    };
    let space = registry.space_at(config, task, at).map_err(|error| match error {
        Error::Job(problems) if at == "/settings" => Error::Architecture(problems),
        other => other,
    })?;
    let named = &file.architecture.space;
    if space.id() != named {
        let message = format!("expected {:?}, the space of the settings, found {named:?}", space.id());
        return Err(Error::Architecture(vec![Problem::new("/space", message)]));
    }
    space.validate(&file.architecture).map_err(|error| match error {
        smash_core::Error::Invalid(problem) => Error::Architecture(vec![problem]),
        other => Error::Core(other),
    })?;
    Ok((space, task.clone()))
}

#[cfg(test)]
mod tests;

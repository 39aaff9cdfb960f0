//! `smash convert`.

use std::io::Write;

use serde_json::{Value, json};
use smash_core::task::Task;
use smash_plugin::{Job, Registry, Target};

use crate::args::ConvertArgs;
use crate::error::{Error, Result};
use crate::output::write_line;
use crate::{input, job, output};

/// Converts an architecture to another task or to other settings of its space.
pub(crate) fn convert(registry: &Registry, args: &ConvertArgs, out: &mut dyn Write) -> Result<()> {
    let mut file = input::architecture_file(&args.architecture)?;
    if let Some(path) = &args.job {
        let job = job::from_file(registry, path)?;
        if file.task.is_none() {
            file.task = Some(registry.dataset(&job.dataset)?.task().clone());
        }
        file.settings = file.settings.or(Some(job.space));
    }
    let task = file.task.as_ref().map(|from| task(args, from)).transpose()?;
    let settings = file.settings.as_ref().map(|from| settings(args, from)).transpose()?;
    let converted = smash_plugin::convert(registry, &file, &Target { settings, task })?;
    match &args.out {
        None => write_line(out, &converted),
        Some(path) => {
            let mut text = Vec::new();
            write_line(&mut text, &converted)?;
            output::write_file(path, text)
        }
    }
}

/// The target task: the architecture's, with the changes of the command line.
fn task(args: &ConvertArgs, from: &Task) -> Result<Task> {
    let rank = args.to_rank.map(usize::from);
    let mut extents = args.extents.clone().unwrap_or_else(|| from.extents.clone());
    match (rank, &args.extents) {
        (Some(rank), Some(given)) if given.len() != rank => {
            let message = format!("--extents: expected {rank} for --to-rank {rank}, found {}", given.len());
            return Err(Error::Usage(message));
        }
        (Some(rank), None) => extents.resize(rank, extents.last().copied().unwrap_or(1)),
        _ => {}
    }
    Ok(Task {
        channels: args.channels.unwrap_or(from.channels),
        extents,
        classes: args.classes.unwrap_or(from.classes),
    })
}

/// The target settings of the space: the architecture's, with the changes of the command line.
fn settings(args: &ConvertArgs, from: &Value) -> Result<Value> {
    let mut settings = match &args.preset {
        Some(preset) => json!({"type": from["type"], "preset": preset}),
        None => from.clone(),
    };
    for set in &args.sets {
        Job::apply(&mut settings, set)?;
    }
    Ok(settings)
}

//! `smash score`.

use std::io::Write;

use serde::Serialize;
use smash_core::architecture::Architecture;
use smash_plugin::run::{self, RunFolder};
use smash_plugin::{Error as PluginError, Registry};

use crate::args::ScoreArgs;
use crate::error::{Error, Result};
use crate::input;
use crate::output::write_line;

/// One line of output. A number that is not finite becomes null.
#[derive(Serialize)]
struct Scored {
    hash: String,
    loss: f64,
    error: f64,
}

/// Scores architectures with the HyperNet of a run, in input order.
pub(crate) fn score(registry: &Registry, args: &ScoreArgs, out: &mut dyn Write) -> Result<()> {
    let name = input::name(&args.architectures);
    let text = input::text(&args.architectures)?;
    let mut places = Vec::new();
    let mut architectures = Vec::new();
    for line in input::json_lines(&text, &name) {
        let (at, value) = line?;
        architectures.push(input::architecture(value, &at)?.architecture);
        places.push(at);
    }
    let scores = run::score(&args.run, registry, &architectures)
        .map_err(|error| blame(registry, args, &places, &architectures, error))?;
    for (architecture, score) in architectures.iter().zip(scores) {
        write_line(out, &Scored { hash: architecture.hash(), loss: score.loss, error: score.error })?;
    }
    Ok(())
}

/// Adds the line number of the invalid architecture to an error.
fn blame(
    registry: &Registry,
    args: &ScoreArgs,
    places: &[String],
    architectures: &[Architecture],
    error: PluginError,
) -> Error {
    let space = RunFolder::read_job(&args.run, registry).and_then(|job| Ok(job.parts(registry)?.space));
    if let (Ok(space), PluginError::Core(smash_core::Error::Invalid(_))) = (space, &error) {
        for (at, architecture) in places.iter().zip(architectures) {
            if let Err(invalid) = space.validate(architecture) {
                return Error::Usage(format!("{at}: {invalid}"));
            }
        }
    }
    error.into()
}

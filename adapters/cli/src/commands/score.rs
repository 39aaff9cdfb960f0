//! `smash score`.

use std::io::Write;

use serde::Serialize;
use smash_plugin::run::Scorer;
use smash_plugin::{Error as PluginError, Registry};

use crate::args::ScoreArgs;
use crate::error::{Error, Result};
use crate::input::{self, Lines};
use crate::output::write_line;

/// One line of output. A number that is not finite becomes null.
#[derive(Serialize)]
struct Scored {
    hash: String,
    loss: f64,
    error: f64,
}

/// Scores architectures with the HyperNet of a run, in input order. Each line is answered before the next one
/// is read: however many there are, they may come from a program that waits for the answers.
pub(crate) fn score(registry: &Registry, args: &ScoreArgs, out: &mut dyn Write) -> Result<()> {
    let mut lines = Lines::open(&args.architectures)?;
    let mut scorer = Scorer::open(&args.run, registry)?;
    while let Some((at, value)) = lines.next_json()? {
        let architecture = input::architecture(value, &at)?.architecture;
        let score = scorer.score(&architecture).map_err(|error| match error {
            PluginError::Core(smash_core::Error::Invalid(problem)) => {
                Error::Usage(format!("{at}: {problem}"))
            }
            other => other.into(),
        })?;
        write_line(out, &Scored { hash: architecture.hash(), loss: score.loss, error: score.error })?;
        out.flush().map_err(Error::Output)?;
    }
    Ok(())
}

//! `smash study`.

use std::io::{IsTerminal, Write, stderr};

use indicatif::{ProgressBar, ProgressStyle};
use smash_plugin::{Registry, study};

use crate::args::HypernetInputArgs;
use crate::error::{Error, Result};
use crate::job;

/// Runs the study and writes its result as JSON.
pub(crate) fn hypernet_input(args: &HypernetInputArgs, out: &mut dyn Write) -> Result<()> {
    let registry = Registry::builtin()?;
    let job = job::load(&registry, &args.job)?;
    let bar = if stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} eta {eta}") {
        bar.set_style(style);
    }
    let mut report = |seed: u64, done: u64, total: u64| {
        bar.set_message(format!("seed {seed}"));
        bar.set_length(total);
        bar.set_position(done);
    };
    let architectures = args.architectures as usize;
    let result = study::hypernet_input(&registry, &job, &args.seeds, architectures, &mut report)?;
    bar.finish_and_clear();
    let text = serde_json::to_string_pretty(&result).map_err(|e| Error::Usage(e.to_string()))?;
    match &args.out {
        None => writeln!(out, "{text}").map_err(Error::Output),
        Some(path) => std::fs::write(path, text + "\n")
            .map_err(|e| Error::Data(format!("cannot write {}: {e}", path.display()))),
    }
}

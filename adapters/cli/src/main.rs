#![forbid(unsafe_code)]
//! `smash`: architecture search by HyperNetworks from the command line.

mod args;
mod baseline;
mod convert;
mod describe;
mod error;
mod estimate;
mod examples;
mod expand;
mod folder;
mod input;
mod interrupt;
mod job;
mod list;
mod memory;
mod output;
mod plot;
mod predict;
mod progress;
mod sample;
mod score;
mod search;
mod study;
mod summary;
mod table;
mod validate;

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command, StudyCommand};
use crate::error::{Error, Result};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::new(stdout());
    let done = run(&cli.command, &mut out).and_then(|code| out.flush().map_err(Error::Output).map(|()| code));
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // What came before the error is still wanted; if it cannot be written, the error itself matters more.
            let _ = out.flush();
            let message = error.to_string().replace('\n', "\n  ");
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Runs a command; returns the exit code.
fn run(command: &Command, out: &mut dyn Write) -> Result<u8> {
    match command {
        Command::Search(args) => return search::search(args, out),
        Command::Train(args) => return search::train(args, out),
        Command::Baseline(args) => return baseline::baseline(args, out),
        Command::Study(StudyCommand::Baselines(args)) => return study::baselines(args, out),
        Command::Validate(args) => validate::validate(args, out)?,
        Command::Schema(args) => list::schema(args, out)?,
        Command::List(args) => list::list(args, out)?,
        Command::Sample(args) => sample::sample(args, out)?,
        Command::Describe(args) => describe::describe(args, out)?,
        Command::Convert(args) => convert::convert(args, out)?,
        Command::Score(args) => score::score(args, out)?,
        Command::Predict(args) => predict::predict(args, out)?,
        Command::Plot(args) => plot::plot(args, out)?,
        Command::Study(StudyCommand::HypernetInput(args)) => study::hypernet_input(args, out)?,
    }
    Ok(0)
}

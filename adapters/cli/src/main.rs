#![forbid(unsafe_code)]
//! `smash`: architecture search by HyperNetworks from the command line.

mod args;
mod bar;
mod baseline;
mod check;
mod convert;
mod data;
mod describe;
mod error;
mod estimate;
mod examples;
mod expand;
mod fetch;
mod folder;
mod input;
mod interrupt;
mod job;
mod list;
mod memory;
mod output;
mod plot;
mod plugin;
mod predict;
mod progress;
mod sample;
mod scaffold;
mod score;
mod search;
mod study;
mod summary;
mod table;
mod validate;

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use clap::Parser;
use smash_plugin::{Registry, loader};

use crate::args::{Cli, Command, PluginCommand, StudyCommand};
use crate::error::{Error, Result};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::new(stdout());
    let done = registry(&cli).and_then(|registry| run(&registry, &cli.command, &mut out));
    let done = done.and_then(|code| out.flush().map_err(Error::Output).map(|()| code));
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

/// The built-in components and those of the plugins that the command line names, which is what allows them to be loaded.
fn registry(cli: &Cli) -> Result<Registry> {
    let mut registry = Registry::builtin()?;
    for manifest in &cli.plugins {
        registry.load_plugin(manifest)?;
    }
    let environment = if cli.allow_plugin_path { loader::environment_folders() } else { Vec::new() };
    for folder in cli.plugin_dirs.iter().chain(&environment) {
        registry.load_plugins_in(folder);
    }
    for faulty in registry.faulty() {
        let _ = writeln!(std::io::stderr(), "warning: not loaded: {}", faulty.error);
    }
    Ok(registry)
}

/// Runs a command; returns the exit code.
fn run(registry: &Registry, command: &Command, out: &mut dyn Write) -> Result<u8> {
    match command {
        Command::Search(args) => return search::search(registry, args, out),
        Command::Train(args) => return search::train(registry, args, out),
        Command::Baseline(args) => return baseline::baseline(registry, args, out),
        Command::Study(StudyCommand::Baselines(args)) => return study::baselines(registry, args, out),
        Command::Fetch(args) => return fetch::fetch(args, out),
        Command::Data(args) => data::data(registry, args, out)?,
        Command::Validate(args) => validate::validate(registry, args, out)?,
        Command::Schema(args) => list::schema(registry, args, out)?,
        Command::List(args) => list::list(registry, args, out)?,
        Command::Sample(args) => sample::sample(registry, args, out)?,
        Command::Describe(args) => describe::describe(registry, args, out)?,
        Command::Convert(args) => convert::convert(registry, args, out)?,
        Command::Score(args) => score::score(registry, args, out)?,
        Command::Predict(args) => predict::predict(registry, args, out)?,
        Command::Plot(args) => plot::plot(args, out)?,
        Command::Plugin(PluginCommand::Check(args)) => return check::check(args, out),
        Command::Plugin(PluginCommand::List(args)) => plugin::list(args, out)?,
        Command::Plugin(PluginCommand::Manifest(args)) => plugin::manifest(args, out)?,
        Command::Plugin(PluginCommand::New(args)) => scaffold::new(args, out)?,
        Command::Study(StudyCommand::HypernetInput(args)) => study::hypernet_input(registry, args, out)?,
    }
    Ok(0)
}

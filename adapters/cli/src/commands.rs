//! The commands, a file for each.

mod baseline;
mod convert;
mod data;
mod describe;
mod export;
mod fetch;
mod list;
mod plot;
mod plugin;
mod predict;
mod sample;
mod score;
mod search;
mod study;
mod train;
mod validate;

use std::io::Write;

use smash_plugin::Registry;

use crate::args::{Command, PluginCommand, StudyCommand};
use crate::error::Result;

/// Runs a command; returns the exit code.
pub(crate) fn run(registry: &Registry, command: &Command, out: &mut dyn Write) -> Result<u8> {
    match command {
        Command::Search(args) => return search::search(registry, args, out),
        Command::Train(args) => return train::train(registry, args, out),
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
        Command::Export(args) => export::export_model(registry, args, out)?,
        Command::Plot(args) => plot::plot(args, out)?,
        Command::Plugin(PluginCommand::Check(args)) => return plugin::check(args, out),
        Command::Plugin(PluginCommand::List(args)) => plugin::list(args, out)?,
        Command::Plugin(PluginCommand::Manifest(args)) => plugin::manifest(args, out)?,
        Command::Plugin(PluginCommand::New(args)) => plugin::new(args, out)?,
        Command::Study(StudyCommand::HypernetInput(args)) => study::hypernet_input(registry, args, out)?,
    }
    Ok(0)
}

#![deny(unsafe_code)]
//! `smash`: architecture search by HyperNetworks from the command line.

mod args;
mod bar;
mod commands;
mod error;
mod expand;
mod folder;
mod input;
mod interrupt;
mod job;
mod memory;
mod output;
mod preflight;
mod progress;
mod shell;
mod streams;
mod table;
mod terminal;

use std::io::{self, Write, stdout};
use std::process::ExitCode;

use clap::Parser;
use smash_plugin::{Registry, loader};

use crate::args::Cli;
use crate::error::{Error, Result};

fn main() -> ExitCode {
    let mut out = terminal::output();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            terminal::say(&error.render().to_string());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
        Err(help) => return end(print(&help).map_err(Error::Output)),
    };
    let done = registry(&cli).and_then(|registry| commands::run(&registry, &cli.command, &mut out));
    // What was written before an error is still wanted; if flushing fails too, the first error matters more.
    let flushed = out.flush().map_err(Error::Output);
    end(done.and_then(|code| flushed.map(|()| code)))
}

/// Says what went wrong; the exit code of the process. A reader that closed our output, as `head` does, has
/// all that it wants: that is no error.
fn end(done: Result<u8>) -> ExitCode {
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

/// Prints the help or the version.
fn print(help: &clap::Error) -> io::Result<u8> {
    streams::check_output()?;
    help.print()?;
    stdout().flush()?;
    Ok(0)
}

/// The built-in components and those of the plugins that the command line names, which is what allows them to
/// be loaded.
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
        terminal::say(&format!("warning: not loaded: {}", faulty.error));
    }
    Ok(registry)
}

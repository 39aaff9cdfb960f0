#![forbid(unsafe_code)]
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
mod table;

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use clap::Parser;
use smash_plugin::{Registry, loader};

use crate::args::Cli;
use crate::error::{Error, Result};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::new(stdout());
    let done = registry(&cli).and_then(|registry| commands::run(&registry, &cli.command, &mut out));
    let done = done.and_then(|code| out.flush().map_err(Error::Output).map(|()| code));
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // What was written before the error is still wanted; if flushing fails, the first error matters
            // more.
            let _ = out.flush();
            let message = error.to_string().replace('\n', "\n  ");
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(error.exit_code())
        }
    }
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
        let _ = writeln!(std::io::stderr(), "warning: not loaded: {}", faulty.error);
    }
    Ok(registry)
}

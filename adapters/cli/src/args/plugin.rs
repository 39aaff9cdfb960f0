//! Commands for plugins and those who make them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::KindArg;

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Begin a plugin in Rust: a crate with a component that works, and a test
    New(NewArgs),
    /// Write the manifest of a plugin's library, NAME.smash.json beside it; this runs the library's code
    ///
    /// Write it anew after each build: it holds the library's SHA-256.
    Manifest(ManifestArgs),
    /// Check that a plugin's components keep the promises of their kinds; this runs the library's code
    ///
    /// Each component is checked in a process of its own: one that crashes or hangs fails, and the others go on.
    Check(CheckArgs),
    /// List the plugins of folders, without running any of their code: what they bring, or why they cannot be loaded
    List(ListPluginsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The name of the crate, which is also its folder: lower case, with - or _
    pub(crate) name: String,
    /// What it brings
    #[arg(long, value_enum)]
    pub(crate) kind: KindArg,
    /// Where the folder goes
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Depend on the SMASH of this source tree, instead of on the released crates
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArgs {
    /// The library: lib….so
    pub(crate) library: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The manifest: NAME.smash.json
    pub(crate) manifest: PathBuf,
    /// The configuration of a component, as in --config '{"type": "mine", "path": "data"}' (repeatable)
    #[arg(long = "config", value_name = "JSON")]
    pub(crate) configs: Vec<String>,
    /// Seconds without a result after which a component hangs
    #[arg(long, value_name = "S", default_value_t = 120)]
    pub(crate) patience: u64,
    /// Check this component in this very process
    #[arg(long, value_name = "KIND/ID", hide = true)]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListPluginsArgs {
    /// The folders, in order
    #[arg(required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

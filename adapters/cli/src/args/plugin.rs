//! Arguments of the commands for plugins and their authors.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Create a plugin in Rust: a crate with a working component, a test and a job
    ///
    /// Prints the commands that test, build, check and use it.
    New(NewArgs),
    /// Write the manifest of a plugin's library, NAME.smash.json beside it; this runs the library's code
    ///
    /// Write it again after each build: it holds the library's SHA-256.
    Manifest(ManifestArgs),
    /// Check that a plugin's components conform to their traits; this runs the library's code
    ///
    /// Each component is checked in a process of its own: one that crashes or hangs fails, and the others go
    /// on.
    Check(CheckArgs),
    /// List the plugins of folders, without running any of their code: their components, or why they cannot
    /// be loaded
    List(ListPluginsArgs),
}

/// The kinds of components that a plugin may bring.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PluginKindArg {
    Space,
    Proposer,
    Estimator,
    Dataset,
    Backend,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The name of the crate, which is also its folder: lower case, with - or _
    pub(crate) name: String,
    /// The kind of component
    #[arg(long, value_enum)]
    pub(crate) kind: PluginKindArg,
    /// The folder to create the crate in
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) path: PathBuf,
    /// The folder with the sources of SMASH, on which the crate will depend: its crates are not released yet
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArgs {
    /// The library: lib….so
    pub(crate) library: PathBuf,
    /// Another library that it needs, named in the error where that is missing (repeatable): libtorch=2.11.0
    #[arg(long, value_name = "NAME=VERSION", value_parser = requirement)]
    pub(crate) requires: Vec<(String, String)>,
}

fn requirement(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, version)| !name.is_empty() && !version.is_empty());
    let (name, version) = parts.ok_or("expected NAME=VERSION, such as libtorch=2.11.0")?;
    Ok((name.to_owned(), version.to_owned()))
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The manifest: NAME.smash.json
    pub(crate) manifest: PathBuf,
    /// The configuration of a component, as in --config '{"type": "mine", "path": "data"}' (repeatable)
    #[arg(long = "config", value_name = "JSON")]
    pub(crate) configs: Vec<String>,
    /// Timeout in seconds without a result, after which a component counts as hanging
    #[arg(long, value_name = "S", default_value_t = 120)]
    pub(crate) patience: u64,
    /// Timeout in seconds of all checks of a component together
    #[arg(long, value_name = "S", default_value_t = 1800)]
    pub(crate) limit: u64,
    /// Check this component in this very process, and report to standard input
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

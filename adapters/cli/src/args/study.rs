//! Commands that compare networks, experiment on the method, or make plugins.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use smash_plugin::Family;

use super::{JobArgs, RunArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Write the manifest of a plugin's library, NAME.smash.json beside it; this runs the library's code
    ///
    /// Write it anew after each build: it holds the library's SHA-256.
    Manifest(ManifestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArgs {
    /// The library: lib….so
    pub(crate) library: PathBuf,
    /// Another library that it needs, for the error where that is missing (repeatable): libtorch=2.11.0
    #[arg(long, value_name = "NAME=VERSION", value_parser = requirement)]
    pub(crate) requires: Vec<(String, String)>,
}

fn requirement(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, version)| !name.is_empty() && !version.is_empty());
    let (name, version) = parts.ok_or("expected NAME=VERSION, such as libtorch=2.11.0")?;
    Ok((name.to_owned(), version.to_owned()))
}

#[derive(Debug, Subcommand)]
pub(crate) enum StudyCommand {
    /// Does the HyperNet use its input? Scores architectures under weights written for their own plane and for another's
    HypernetInput(HypernetInputArgs),
    /// Is the found network better than hand-designed ones of its size? Trains all of them, several times each
    ///
    /// Every run has its folder in --out. The command goes on where it was interrupted when it is given again.
    Baselines(BaselinesArgs),
}

#[derive(Debug, Args)]
pub(crate) struct BaselinesArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Which designs: resnet, wrn, densenet, fractalnet
    #[arg(long, value_delimiter = ',', default_values_t = [Family::Wrn, Family::Densenet, Family::Resnet])]
    pub(crate) families: Vec<Family>,
    /// Each network is trained once with each seed
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1, 2])]
    pub(crate) seeds: Vec<u64>,
    /// Compare the network of this finished search instead of searching the job first
    #[arg(long, value_name = "RUN_DIR")]
    pub(crate) found: Option<PathBuf>,
    /// The folder of the study; holds baselines.json at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// No progress bar
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Which design: resnet, wrn, densenet, fractalnet
    #[arg(long)]
    pub(crate) family: Family,
    /// As many parameters as the network of this run folder or architecture file
    #[arg(long, value_name = "RUN_DIR", required_unless_present = "params", conflicts_with = "params")]
    pub(crate) params_like: Option<PathBuf>,
    /// This many parameters
    #[arg(long, value_name = "N")]
    pub(crate) params: Option<u64>,
    /// Stride of the first convolution [default: that of --params-like, or else 1]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u8).range(1..=4))]
    pub(crate) stem_stride: Option<u8>,
    /// The run folder [default: runs/<name of the job file>-<family>, or the next free of …-2, …-3]
    #[arg(long, value_name = "DIR", required_if_eq("resume", "true"))]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HypernetInputArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// One HyperNet is trained for each seed
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1, 2])]
    pub(crate) seeds: Vec<u64>,
    /// Architectures per seed
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) architectures: u32,
    /// Where the result goes [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

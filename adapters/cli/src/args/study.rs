//! Arguments of the commands that compare networks, or experiment on the method.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use smash_plugin::Family;

use super::{JobArgs, RunArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum StudyCommand {
    /// Does the HyperNet use its input? Scores architectures under weights generated for their own plane and
    /// for another's
    HypernetInput(HypernetInputArgs),
    /// Is the found network better than hand-designed ones of its size? Trains all of them, once per seed
    ///
    /// Every run has its folder in --out. An interrupted study is resumed by the same command.
    Baselines(BaselinesArgs),
}

#[derive(Debug, Args)]
pub(crate) struct BaselinesArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Hand-designed families: resnet, wrn, densenet, fractalnet
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
    /// Hand-designed family: resnet, wrn, densenet, fractalnet
    #[arg(long)]
    pub(crate) family: Family,
    /// As many parameters as the network of this run folder or architecture file
    #[arg(long, value_name = "RUN_DIR", required_unless_present = "params", conflicts_with = "params")]
    pub(crate) params_like: Option<PathBuf>,
    /// Number of parameters
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
    /// Seeds: one HyperNet is trained for each
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1, 2])]
    pub(crate) seeds: Vec<u64>,
    /// Architectures per seed
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) architectures: u32,
    /// Write the result to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

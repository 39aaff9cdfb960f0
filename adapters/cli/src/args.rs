//! The command line: commands, arguments and their help.

mod data;
mod export;
mod plugin;
mod predict;
mod study;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use smash_core::component::Kind;

pub(crate) use data::{DataArgs, FetchArgs};
pub(crate) use export::{ExportArgs, ExportFormatArg};
pub(crate) use plugin::{CheckArgs, ListPluginsArgs, ManifestArgs, NewArgs, PluginCommand, PluginKindArg};
pub(crate) use predict::PredictArgs;
pub(crate) use study::{BaselineArgs, BaselinesArgs, HypernetInputArgs, StudyCommand};

/// Architecture search by HyperNetworks (SMASH).
///
/// Trains one HyperNet that generates the weights of any network of a search space, ranks networks by their
/// validation loss with those weights, and trains the best one normally. A job file says what is searched, on
/// which dataset and how.
#[derive(Debug, Parser)]
#[command(name = "smash", version, arg_required_else_help = true, after_help = AFTER)]
pub(crate) struct Cli {
    /// Load the components of a plugin, by its manifest NAME.smash.json (repeatable): its code is run
    #[arg(long = "plugin", value_name = "MANIFEST", global = true)]
    pub(crate) plugins: Vec<PathBuf>,
    /// Load all plugins of a folder, sorted by name (repeatable); what cannot be loaded is reported and left
    /// out
    #[arg(long = "plugin-dir", value_name = "DIR", global = true)]
    pub(crate) plugin_dirs: Vec<PathBuf>,
    /// Load the plugins of the folders in SMASH_PLUGIN_PATH too
    #[arg(long, global = true)]
    pub(crate) allow_plugin_path: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER: &str = "\
A first run:
  smash search docs/examples/quickstart.json
  smash predict runs/quickstart
  smash predict runs/photos holiday/*.jpg

A job file is JSON: {\"seed\": 0, \"space\": {\"type\": …}, \"strategy\": {\"type\": …}, \"dataset\": {\"type\": …},
\"backend\": {\"type\": …}, \"constraints\": {…}, \"retrain\": {…}}. Every field has a default; `smash schema` describes
them all. ${NAME} inside a string stands for an environment variable.

Exit codes: 0 done, 1 the run failed, 2 wrong usage, job or architecture, 3 data or file fault,
130 interrupted (saved; the command that resumes is printed).";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a job: train the HyperNet, rank architectures, retrain the best
    ///
    /// Writes a run folder: job.json, events.jsonl, ranking.jsonl, best.arch.json, model.safetensors,
    /// metrics.json, run.svg and checkpoint/. Ctrl-C saves and prints the command that resumes; a second
    /// Ctrl-C stops at once.
    Search(SearchArgs),
    /// Check a job without running it
    ///
    /// Reads the job, opens its dataset and engine, and draws one architecture that meets the constraints.
    Validate(ValidateArgs),
    /// Print the JSON Schema of a job, or of the components of a kind
    Schema(SchemaArgs),
    /// List the components that a job can name
    List(ListArgs),
    /// Sample architectures from a job's space, one JSON a line
    ///
    /// The i-th architecture depends on the seed and i only, and meets the job's constraints.
    Sample(SampleArgs),
    /// Show an architecture: parameters, multiply-accumulates, bytes and the graph
    Describe(DescribeArgs),
    /// Convert an architecture to another rank, image size or number of classes
    ///
    /// Prints an architecture file. New axes (images to voxels) get kernels of 3 on every axis; banks, reads,
    /// writes, widths and groups stay as far as the target's rules allow.
    Convert(ConvertArgs),
    /// Train one architecture with its own weights
    ///
    /// Uses the job's dataset, backend, seed and `retrain`; the space is the one the architecture file names.
    Train(TrainArgs),
    /// Train a hand-designed network of the same size as a found one, by the same recipe
    ///
    /// Its width (and, if that is not enough, its depth) is chosen so that it has as many parameters, within
    /// 5 %.
    Baseline(BaselineArgs),
    /// Score architectures with the HyperNet of a finished search, one JSON line each
    Score(ScoreArgs),
    /// Classify images, arrays or a dataset with a retrained model (inference), one JSON line each
    ///
    /// Prints {"file", "index", "class", "class_index", "probabilities", "label"}, of which class and label
    /// are names where the classes have some; there is a class_index then. Of labelled examples the accuracy
    /// and, on a terminal, the scores of each class go to stderr; --report writes all of them.
    Predict(PredictArgs),
    /// Write the model of a run in another format: ONNX, PyTorch, safetensors
    Export(ExportArgs),
    /// Plot a run, finished or not, as SVG: the HyperNet's loss, the candidates, the retraining
    ///
    /// A finished run has its plot already, as run.svg in its folder.
    Plot(PlotArgs),
    /// Download a public dataset: CIFAR-10, CIFAR-100, STL-10, MNIST, ModelNet and others
    ///
    /// Prints the configuration with which a job reads it. Files that exist are verified, not downloaded
    /// again; an interrupted download, also one by Ctrl-C, is resumed by the same command.
    Fetch(FetchArgs),
    /// Inspect a dataset: its task, its classes and splits, the statistics of its values; with --sheet, a
    /// contact sheet of examples
    Data(DataArgs),
    /// Work on plugins: dynamic libraries that bring components
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Run an experiment on the method itself
    #[command(subcommand)]
    Study(StudyCommand),
}

/// A job file, and assignments that replace values of it.
#[derive(Clone, Debug, Args)]
pub(crate) struct JobArgs {
    /// The job file
    pub(crate) job: PathBuf,
    /// Replace a value of the job, as in --set strategy.epochs=5 (JSON, or else a string; repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Worker threads; 0: one per core. Does not change results
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<u64>,
}

/// The run folder's options: resume, and how much is printed.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// Resume the run in the folder
    #[arg(long)]
    pub(crate) resume: bool,
    /// No progress bar; print nothing but the run folder
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// The run folder [default: runs/<name of the job file>, or the next free of …-2, …-3]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Also run a few steps of each phase and estimate the time and memory of the whole
    #[arg(long)]
    pub(crate) estimate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Only the components of this kind
    pub(crate) kind: Option<KindArg>,
    /// Only this component (see `smash list`)
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Number of architectures
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = 1)]
    pub(crate) count: u64,
    /// Sample from this seed instead of the job's
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// An architecture: a file as `smash sample` or a run writes it, or a line of ranking.jsonl; - for stdin
    pub(crate) architecture: PathBuf,
    /// The job whose space and dataset to use when the architecture does not name its own
    #[arg(long, value_name = "JOB")]
    pub(crate) job: Option<PathBuf>,
    /// Only the graph, in the DOT language of Graphviz
    #[arg(long, conflicts_with = "json")]
    pub(crate) dot: bool,
    /// Everything as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// An architecture: a file as `smash sample` or a run writes it; - for stdin
    pub(crate) architecture: PathBuf,
    /// The job whose space and dataset to use when the architecture does not name its own
    #[arg(long, value_name = "JOB")]
    pub(crate) job: Option<PathBuf>,
    /// Number of axes: 1 signals, 2 images, 3 voxels
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) to_rank: Option<u8>,
    /// Extent of each axis, as in 96,96 [default: those of the architecture; for new axes, the last of them]
    #[arg(long, value_name = "E,…", value_delimiter = ',')]
    pub(crate) extents: Option<Vec<usize>>,
    /// Input channels [default: those of the architecture]
    #[arg(long, value_name = "C")]
    pub(crate) channels: Option<usize>,
    /// Classes [default: those of the architecture]
    #[arg(long, value_name = "K")]
    pub(crate) classes: Option<usize>,
    /// Use this preset of the space instead of the architecture's settings, as in --preset tiny_3d
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Replace a setting of the space, as in --set stem.stride=2 (repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Write the result to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// An architecture: a file as `smash sample` or a run writes it, or a line of ranking.jsonl; - for stdin
    pub(crate) architecture: PathBuf,
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// The run folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// A run folder of `smash search` whose HyperNet is trained
    pub(crate) run: PathBuf,
    /// Architectures, one JSON a line, as in ranking.jsonl or as `smash sample` writes them; - for stdin
    pub(crate) architectures: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PlotArgs {
    /// A run folder
    pub(crate) run: PathBuf,
    /// Write the picture to this file [default: run.svg in the run folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Component kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    Space,
    Strategy,
    Estimator,
    Dataset,
    Backend,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Space => Self::Space,
            KindArg::Strategy => Self::Strategy,
            KindArg::Estimator => Self::Estimator,
            KindArg::Dataset => Self::Dataset,
            KindArg::Backend => Self::Backend,
        }
    }
}

/// The splits of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    Train,
    Valid,
    Test,
    All,
}

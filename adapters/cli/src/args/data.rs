//! Arguments of the commands for datasets.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// The dataset to download [default: list them]
    pub(crate) name: Option<String>,
    /// The folder to download to
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub(crate) dir: PathBuf,
    /// Download from a mirror: the folder at this address, instead of the authors' server
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// Timeout in seconds of a connection that sends nothing
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub(crate) patience: Duration,
    /// Retries in a row, with back-off, when nothing more arrives
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) retries: u32,
    /// No progress bar and no messages
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=86_400.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected seconds, from 0.01 to 86400".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// A job file, a JSON file with a dataset's configuration, or the dataset itself: a folder or file
    ///
    /// The kind of a folder or file is recognised by its contents: CIFAR-10 and CIFAR-100 (also as .tar.gz),
    /// STL-10, idx files (MNIST), ModelNet, .npz, .safetensors, and folders of images, one for each class.
    pub(crate) data: PathBuf,
    /// Replace a value of the job or the configuration, as in --set layout=nhwc (repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Write a contact sheet with examples of each class to this PNG file
    #[arg(long, value_name = "FILE")]
    pub(crate) sheet: Option<PathBuf>,
    /// Examples of each class in the contact sheet
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) examples: u16,
    /// The split whose examples are drawn
    #[arg(long, value_enum, default_value_t = super::SplitArg::Train)]
    pub(crate) part: super::SplitArg,
    /// Seed that splits the data and picks the examples [default: the job's, or 0]
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Everything as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress bar
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

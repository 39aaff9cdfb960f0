//! Commands for datasets.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// Which dataset [default: list them]
    pub(crate) name: Option<String>,
    /// The folder that it goes to
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub(crate) dir: PathBuf,
    /// Get the files from the folder at this address instead of the authors'
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// Seconds of silence after which a connection is given up
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub(crate) patience: Duration,
    /// How often in a row to try again when nothing more arrives
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) retries: u32,
    /// No progress bar and no notes
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=86_400.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected seconds, from 0.01 to 86400".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// A job file, a JSON file with a dataset's configuration, or the data themselves: a folder or file
    ///
    /// Of data the kind is recognised by what is there: CIFAR-10 and CIFAR-100 (also as .tar.gz), STL-10, idx files (MNIST),
    /// ModelNet, .npz, .safetensors, and folders of images, one for each class.
    pub(crate) data: PathBuf,
    /// Replace a value of the job or the configuration, as in --set layout=nhwc (repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Draw examples of each class into this PNG file
    #[arg(long, value_name = "FILE")]
    pub(crate) sheet: Option<PathBuf>,
    /// How many examples of each class
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) examples: u16,
    /// Of which part to draw them
    #[arg(long, value_enum, default_value_t = super::PartArg::Train)]
    pub(crate) part: super::PartArg,
    /// Splits the data and draws the examples [default: the job's, or 0]
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Everything as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress bar
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

//! Arguments of `smash predict`.

use std::path::PathBuf;

use clap::Args;

use super::SplitArg;

#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    /// A finished run folder, or a model file alone: model.safetensors
    pub(crate) model: PathBuf,
    /// What to classify [default: the test split of the run's own dataset]
    ///
    /// - images (PNG, JPEG), and folders of images: flat, with a folder for each class, or with train and
    ///   test that hold such folders; .npy, .npz, .binvox and .off objects likewise for models of voxels
    /// - .npz and .safetensors files with an array x and, if there are labels, y; .npy files
    /// - .jsonl files (- for stdin) with one array of values a line, flat or nested as
    ///   [channels][rows][columns], or {"values": […], "label": 3}; a .json file with a list of them
    /// - a JSON file with a dataset's configuration or a whole job; a folder to read the run's kind of
    ///   dataset from
    ///
    /// Images and arrays are decoded and normalised as in training; bytes (uint8) in arrays are those of
    /// images. Values in JSON are taken as normalised already, unless there is --raw. Folders are matched
    /// with the classes by their names.
    #[arg(verbatim_doc_comment)]
    pub(crate) data: Vec<PathBuf>,
    /// The split of a dataset, or of a folder that is read as the run's kind of dataset [default: all of it;
    /// without DATA, test]
    #[arg(long, value_enum)]
    pub(crate) part: Option<SplitArg>,
    /// Values in JSON are as stored: normalise them as in training
    #[arg(long)]
    pub(crate) raw: bool,
    /// Write CSV instead of JSON: file, index, label, class, probability and p_NAME of each class
    #[arg(long)]
    pub(crate) csv: bool,
    /// Only the K most probable classes, with their probabilities, instead of all probabilities
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) top: Option<u32>,
    /// Write accuracy, balanced accuracy, precision, recall and F1 of each class and the confusion matrix to
    /// this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// End with exit code 3 when a file could not be read; the others are classified all the same
    #[arg(long)]
    pub(crate) strict: bool,
    /// No progress bar and no summary
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

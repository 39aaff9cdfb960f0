//! The arguments of `smash export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// A finished run folder, or a model.safetensors
    pub(crate) model: PathBuf,
    /// The format: one file of ONNX; a folder with model.py and its weights; or the weights alone
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormatArg,
    /// Write to this file (this folder for PyTorch) [default: named for the run, in the current folder]
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// End with logits instead of class probabilities (ONNX)
    #[arg(long)]
    pub(crate) logits: bool,
    /// Fold batch norms into the convolutions before them: fewer ops, equal to rounding, for inference only
    #[arg(long)]
    pub(crate) fold: bool,
}

/// Formats of exported models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormatArg {
    Onnx,
    Pytorch,
    Safetensors,
}

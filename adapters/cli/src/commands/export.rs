//! `smash export`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use smash_plugin::{ExportFormat, OnnxOptions, PyTorchOptions, Registry, StoredModel, export, run};

use crate::args::{ExportArgs, ExportFormatArg};
use crate::error::{Error, Result};
use crate::terminal;

/// Writes the model of a run in another format, and prints the paths of its files.
pub(crate) fn export_model(registry: &Registry, args: &ExportArgs, out: &mut dyn Write) -> Result<()> {
    let model = if args.model.is_dir() { run::model(&args.model)? } else { StoredModel::read(&args.model)? };
    if model.file.card.is_none() {
        terminal::say(
            "note: this model is of an earlier version and does not say how its inputs were normalised: the exported \
             network takes normalised ones",
        );
    }
    let format = match args.format {
        ExportFormatArg::Onnx => {
            ExportFormat::Onnx(OnnxOptions { logits: args.logits, fold: args.fold, ..OnnxOptions::default() })
        }
        ExportFormatArg::Pytorch => ExportFormat::PyTorch(PyTorchOptions { fold: args.fold }),
        ExportFormatArg::Safetensors => ExportFormat::Safetensors,
    };
    let files = export(registry, &model, &format)?;
    let place = args.out.clone().unwrap_or_else(|| default_place(&args.model, args.format));
    // Several files need a folder of their own.
    let paths: Vec<PathBuf> = match &files[..] {
        [_] => vec![place],
        several => {
            fs::create_dir_all(&place).map_err(|error| unwritten(&place, &error))?;
            several.iter().map(|file| place.join(file.name)).collect()
        }
    };
    for (path, file) in paths.iter().zip(files) {
        fs::write(path, file.bytes).map_err(|error| unwritten(path, &error))?;
        writeln!(out, "{}", path.display()).map_err(Error::Output)?;
    }
    Ok(())
}

/// Where an export goes that is not told where: into the current folder, named for the run or the model.
fn default_place(model: &Path, format: ExportFormatArg) -> PathBuf {
    let whole = fs::canonicalize(model).unwrap_or_else(|_| model.to_owned());
    let stem = if model.is_dir() { whole.file_name() } else { whole.file_stem() };
    let mut name = stem.unwrap_or("model".as_ref()).to_owned();
    name.push(match format {
        ExportFormatArg::Onnx => ".onnx",
        ExportFormatArg::Pytorch => "-pytorch",
        ExportFormatArg::Safetensors => "-weights.safetensors",
    });
    PathBuf::from(name)
}

fn unwritten(path: &Path, error: &std::io::Error) -> Error {
    Error::Data(format!("cannot write {}: {error}", path.display()))
}

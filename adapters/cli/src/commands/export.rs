//! `smash export`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use smash_plugin::{ExportFormat, OnnxOptions, PyTorchOptions, Registry, StoredModel, export, run};

use crate::args::{ExportArgs, ExportFormatArg};
use crate::error::{Error, Result};
use crate::{output, terminal};

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
            fs::create_dir_all(&place)
                .map_err(|error| Error::Data(format!("cannot write {}: {error}", place.display())))?;
            several.iter().map(|file| place.join(file.name)).collect()
        }
    };
    for path in &paths {
        expect_other(path, &args.model)?;
        // The user named no place, so whatever is there is not meant to go.
        if args.out.is_none() && path.exists() {
            return Err(Error::Usage(format!(
                "{}: is there already: remove it, or name it with --out to write over it",
                path.display()
            )));
        }
    }
    for (path, file) in paths.iter().zip(files) {
        output::write_file(path, file.bytes)?;
        writeln!(out, "{}", path.display()).map_err(Error::Output)?;
    }
    Ok(())
}

/// Refuses to write over the model itself, or a file of a run.
fn expect_other(path: &Path, model: &Path) -> Result<()> {
    output::expect_free(path)?;
    match (path.canonicalize(), model.canonicalize()) {
        (Ok(path), Ok(model)) if path == model => Err(Error::Usage(format!(
            "{}: this is the model itself, which is not written over: name another file",
            path.display()
        ))),
        _ => Ok(()),
    }
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

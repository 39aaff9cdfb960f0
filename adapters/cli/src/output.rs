//! Standard output.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;
use smash_plugin::run::RunFolder;

use crate::error::{Error, Result};

/// Pretty-printed JSON with a final newline.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Writes one JSON document as a line.
pub(crate) fn write_line<T: Serialize>(out: &mut dyn Write, value: &T) -> Result<()> {
    let line = serde_json::to_string(value).map_err(|error| Error::Output(error.into()))?;
    writeln!(out, "{line}").map_err(Error::Output)
}

/// Prints the path of a run folder, which is all that a script needs; returns the exit code.
pub(crate) fn name_folder(folder: &RunFolder, out: &mut dyn Write) -> Result<u8> {
    writeln!(out, "{}", folder.path().display()).map_err(Error::Output)?;
    Ok(0)
}

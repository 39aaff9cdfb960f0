//! Standard output, and the files that the user names.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use smash_plugin::run::{self, RunFolder};

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

/// Writes a file that the user names, in the place of what was there.
pub(crate) fn write_file(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    expect_free(path)?;
    fs::write(path, contents)
        .map_err(|error| Error::Data(format!("cannot write {}: {error}", path.display())))
}

/// Refuses a place that holds a file of a run, which nothing could bring back.
pub(crate) fn expect_free(path: &Path) -> Result<()> {
    if run::is_run_file(path) {
        return Err(Error::Usage(format!(
            "{}: this is a file of a run, which is not written over: name another one",
            path.display()
        )));
    }
    Ok(())
}

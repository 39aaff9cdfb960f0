//! Reads files, standard input and architectures.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::Path;

use serde_json::Value;
use smash_core::architecture::ArchitectureFile;
use smash_core::json;
use smash_plugin::Format;

use crate::error::{Error, Result};

/// The text of a file; `-` is standard input.
pub(crate) fn text(path: &Path) -> Result<String> {
    if is_stdin(path) {
        let mut text = String::new();
        stdin().read_to_string(&mut text).map_err(|error| Error::reading(Path::new("stdin"), &error))?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(|error| Error::reading(path, &error))
}

/// Whether the path stands for standard input: `-`.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Limit on the length of a line, in bytes: an architecture has some hundreds, an example some millions.
const LONGEST: u64 = 256 << 20;

/// Lines of a file or of standard input, one at a time.
pub(crate) struct Lines {
    reader: Box<dyn BufRead>,
    name: String,
    number: usize,
}

impl Lines {
    /// Opens a file; `-` is standard input.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let reader: Box<dyn BufRead> = if is_stdin(path) {
            Box::new(stdin().lock())
        } else {
            Box::new(BufReader::new(File::open(path).map_err(|error| Error::reading(path, &error))?))
        };
        Ok(Self { reader, name: name(path), number: 0 })
    }

    /// The next line that is not blank, as JSON, named `file:line` in messages. It is there as soon as the
    /// line has arrived.
    pub(crate) fn next_json(&mut self) -> Result<Option<(String, Value)>> {
        loop {
            let mut line = Vec::new();
            let unreadable = |error| Error::reading(Path::new(&self.name), &error);
            let read = (&mut self.reader).take(LONGEST).read_until(b'\n', &mut line).map_err(unreadable)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let at = format!("{}:{}", self.name, self.number);
            if read as u64 == LONGEST {
                return Err(Error::Data(format!("{at}: expected a line of less than {LONGEST} bytes")));
            }
            let text = str::from_utf8(&line)
                .map_err(|error| Error::Data(format!("{at}: expected UTF-8: {error}")))?;
            // Some editors write a byte-order mark.
            let text = if self.number == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
            if !text.trim().is_empty() {
                return Ok(Some((at.clone(), json_line(text, &at)?)));
            }
        }
    }
}

/// The name of a path in messages.
pub(crate) fn name(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() }
}

/// Parses JSON; `name` is its name in messages.
pub(crate) fn json(text: &str, name: &str) -> Result<Value> {
    // Some editors write a byte-order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    json::from_str(text).map_err(|error| Error::Usage(format!("{name}: not valid JSON: {error}")))
}

/// Parses a line of JSON; within a single line only the column of an error is useful.
fn json_line(line: &str, at: &str) -> Result<Value> {
    json::from_str(line)
        .map_err(|error| Error::Usage(format!("{at}: not valid JSON at column {}: {error}", error.column())))
}

/// Parses an architecture file, a bare architecture, or a record of `ranking.jsonl`, which holds one under
/// `architecture`.
pub(crate) fn architecture(mut value: Value, name: &str) -> Result<ArchitectureFile> {
    if let Some(inner) = value.get_mut("architecture") {
        value = inner.take();
    }
    let expected = "expected an architecture {\"space\", \"version\", \"choices\"}, or a record that holds one as \
                    \"architecture\"";
    if !value.is_object() {
        return Err(Error::Usage(format!("{name}: {expected}, found {}", kind(&value))));
    }
    Format::Architecture.check_json(&value).map_err(|message| Error::Usage(format!("{name}: {message}")))?;
    serde_json::from_value(value).map_err(|error| Error::Usage(format!("{name}: {expected}: {error}")))
}

/// The architecture in a file, which may also be the first and only line of a list.
pub(crate) fn architecture_file(path: &Path) -> Result<ArchitectureFile> {
    let name = name(path);
    architecture(json(&text(path)?, &name)?, &name)
}

/// The JSON type of a value, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_bare_architectures_files_and_records() {
        let bare = json!({"space": "toy", "version": 1, "choices": []});
        let record = json!({"id": 3, "hash": "x", "architecture": bare});
        let file = json!({"space": "toy", "version": 1, "choices": [], "settings": {"type": "toy"}});
        for value in [bare, record, file] {
            assert_eq!(architecture(value, "test").unwrap().architecture.space, "toy");
        }
        let error = architecture(json!([1]), "a.jsonl:2").unwrap_err().to_string();
        assert!(
            error.starts_with("a.jsonl:2: expected an architecture") && error.ends_with("found an array"),
            "{error}"
        );
    }
}

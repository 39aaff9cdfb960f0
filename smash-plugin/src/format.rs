//! The formats of the files that this version writes. Every kind of file has one number, under the key
//! `format`; a file without it is of format 0, the first. `tests/golden/formats` has files of each, which
//! every later version must read, or refuse by saying what to do.

use serde::Deserialize;
use smash_core::session::Checkpoint;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A job, also in a run folder.
    Job,
    /// An architecture with the settings of its space and its task.
    Architecture,
    /// What came out of a run.
    Metrics,
    /// A trained network: what its tensors carry as metadata.
    Model,
    /// A session that goes on: the state in a run folder, or the bytes that a host keeps.
    Session,
    /// The manifest of a plugin, which calls the number `manifest_version`.
    Manifest,
}

/// What every format of every kind has.
#[derive(Deserialize)]
struct Numbered {
    #[serde(default)]
    format: u32,
}

impl Format {
    /// The format that this version writes, and the latest that it reads.
    pub const fn number(self) -> u32 {
        match self {
            Self::Job | Self::Architecture | Self::Metrics | Self::Model => 0,
            Self::Session => Checkpoint::FORMAT,
            Self::Manifest => 1,
        }
    }

    /// Refuses a later format by its number; the message says what to do.
    pub(crate) fn check(self, found: u32) -> Result<(), String> {
        let known = self.number();
        if found <= known {
            return Ok(());
        }
        Err(format!(
            "expected format {known} or older, found {found}: it was written by a later version of smash; use that one"
        ))
    }

    /// The same for a document.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn check_json(self, document: &serde_json::Value) -> Result<(), String> {
        Numbered::deserialize(document).map_or(Ok(()), |Numbered { format }| self.check(format))
    }

    /// The same for the JSON of a file, before it is read as anything else. What is no object with a number
    /// is of no format: whoever reads it says what is wrong.
    pub(crate) fn check_text(self, text: &str) -> Result<(), String> {
        smash_core::json::from_str(text).map_or(Ok(()), |Numbered { format }| self.check(format))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_formats_are_refused_and_others_are_not_its_business() {
        for format in [
            Format::Job,
            Format::Architecture,
            Format::Metrics,
            Format::Model,
            Format::Session,
            Format::Manifest,
        ] {
            let number = format.number();
            assert_eq!(format.check_text(&format!("{{\"format\": {number}, \"more\": 1}}")), Ok(()));
            let error = format.check_text(&format!("{{\"format\": {}}}", number + 1)).unwrap_err();
            assert!(error.contains(&format!("found {}: ", number + 1)), "{error}");
            assert!(
                ["{}", "[]", "", "{\"format\": \"x\"}"].iter().all(|text| format.check_text(text).is_ok())
            );
        }
    }
}

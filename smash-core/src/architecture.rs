//! An architecture as plain data.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::task::Task;

mod canonical;
mod choices;

pub use choices::Choices;

/// One point of a search space: its space, the format version, and the choices. It holds no weights and
/// nothing that can be derived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Architecture {
    /// Id of the search space that can read the choices (`"memory_bank"`).
    pub space: String,
    /// Format version of the choices.
    pub version: u32,
    /// The choices, as that space defines them.
    pub choices: Choices,
}

impl Architecture {
    /// An architecture of a space and its format version.
    ///
    /// # Errors
    /// When the choices cannot be serialised as JSON.
    pub fn new(space: &str, version: u32, choices: &(impl Serialize + ?Sized)) -> Result<Self> {
        let choices = Choices::new(choices).map_err(|e| Error::invalid("/choices", e.to_string()))?;
        Ok(Self { space: space.to_owned(), version, choices })
    }

    /// Checks that the architecture belongs to this space and format version.
    ///
    /// # Errors
    /// When it belongs to another space or format version.
    pub fn expect(&self, space: &str, version: u32) -> Result<()> {
        if self.space == space && self.version == version {
            return Ok(());
        }
        let message = format!(
            "expected an architecture of the space {space:?} in version {version}, found {:?} in version {}",
            self.space, self.version
        );
        Err(Error::invalid("", message))
    }

    /// Deserialises the choices of this space and format version.
    ///
    /// # Errors
    /// As [`expect`](Self::expect); at `/choices` when they do not fit the type.
    pub fn read<T: DeserializeOwned>(&self, space: &str, version: u32) -> Result<T> {
        self.expect(space, version)?;
        self.choices.read().map_err(|e| Error::invalid("/choices", e.to_string()))
    }

    /// Stable content hash: the first 16 hexadecimal digits of the SHA-256 of the space, the version and the
    /// canonical JSON of the choices.
    pub fn hash(&self) -> String {
        let space = format!("{}@{}", self.space, self.version);
        let digest = Sha256::new().chain_update(space).chain_update(self.choices.canonical()).finalize();
        let mut out = String::new();
        for byte in &digest[..8] {
            let _ = write!(out, "{byte:02x}");
        }
        out
    }
}

/// An architecture with everything needed to build it elsewhere: the settings of its space and the task. This
/// is the format of `best.arch.json` and of the lines of `smash sample`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArchitectureFile {
    /// The architecture itself.
    #[serde(flatten)]
    pub architecture: Architecture,
    /// The space's configuration as in a job (with its `type`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// The task that the architecture was sampled for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_order_and_blanks_do_not_count_and_every_choice_does() {
        let a = |text| Architecture {
            space: "toy".into(),
            version: 1,
            choices: Choices::new(&serde_json::value::RawValue::from_string(String::from(text)).unwrap())
                .unwrap(),
        };
        let one = a(r#"{"b": 1, "a": [2, 3]}"#);
        let same: Architecture = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(same.choices.text(), r#"{"a":[2,3],"b":1}"#);
        assert_eq!((&one, one.hash()), (&same, same.hash()));
        let other = a(r#"{"a": [3, 2], "b": 1}"#);
        assert!(one != other && one.hash() != other.hash());
        assert_eq!(one.hash(), "8a564d5c0df2bf06");
    }

    #[test]
    fn an_architecture_of_another_space_is_not_read() {
        let a = Architecture::new("toy", 1, &[1, 2]).unwrap();
        assert_eq!(a.read::<Vec<u8>>("toy", 1).unwrap(), [1, 2]);
        let problem = |result: Result<bool>| result.unwrap_err().to_string();
        assert!(
            problem(a.read("toy", 2))
                .starts_with("/: expected an architecture of the space \"toy\" in version 2, found")
        );
        assert!(problem(a.read("toy", 1)).starts_with("/choices: "));
    }
}

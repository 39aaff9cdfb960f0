//! The plugin manifest `NAME.smash.json`, which is read before any library is opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::Kind;
use smash_sdk::abi::{MAJOR, MINOR};

use super::LoadError;
use crate::Format;

/// The manifest's format version.
const VERSION: u32 = Format::Manifest.number();
/// Size limit of a manifest, in bytes.
const MOST: u64 = 1 << 20;
/// The platform (target triple) that this program was built for.
const TARGET: &str = env!("SMASH_TARGET");

/// A plugin manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format version of the manifest: 1.
    pub manifest_version: u32,
    /// Name of the plugin.
    pub name: String,
    /// Version of the plugin.
    pub version: String,
    /// ABI version that the plugin was built for.
    pub abi: Abi,
    /// Platform that it was built for, as `rustc -vV` names it (`x86_64-unknown-linux-gnu`).
    pub target: String,
    /// Path of the library, relative to the manifest.
    pub library: String,
    /// SHA-256 of the library, hexadecimal.
    pub sha256: String,
    /// All components of the plugin.
    pub provides: Vec<Provided>,
    /// Versions of other libraries that it needs (`{"libtorch": "2.11.0"}`), for people: an error names them
    /// where the dynamic linker does not open the plugin.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requires: BTreeMap<String, String>,
    /// Description of the plugin.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Licence of the plugin.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub license: String,
}

/// A version of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Abi {
    /// Major version: changes with every breaking change.
    pub major: u32,
    /// Minor version: changes with every addition.
    pub minor: u32,
}

/// A component of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provided {
    /// Kind of the component: space, proposer, dataset or backend.
    #[serde(with = "word")]
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Id of the component: its `type` in a job.
    pub id: String,
}

impl Provided {
    /// The word for the kind in a manifest.
    pub fn kind_word(&self) -> &'static str {
        smash_sdk::plugin::kind::word(self.kind)
    }
}

/// The kind of a component by its word.
mod word {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use smash_core::component::Kind;
    use smash_sdk::plugin::kind;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references over")]
    pub(super) fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        kind::word(*kind).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        kind::of_word(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When the file cannot be read, is too large, or is not a valid manifest.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
        let mut text = Vec::new();
        // Without waiting for the other end of a pipe.
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        let file = File::options().read(true).custom_flags(nonblocking).open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(LoadError::NotAFile { path: path.to_owned() });
        }
        file.take(MOST + 1).read_to_end(&mut text).map_err(unreadable)?;
        if text.len() as u64 > MOST {
            return Err(LoadError::TooLarge { most: MOST });
        }
        Self::parse(&text)
    }

    /// Parses the text of a manifest.
    ///
    /// # Errors
    /// When it is not valid, or has another format version.
    pub fn parse(text: &[u8]) -> Result<Self, LoadError> {
        /// The one field that every format version has.
        #[derive(Deserialize)]
        struct Versioned {
            manifest_version: u32,
        }
        let invalid = |error: serde_json::Error| LoadError::Manifest(error.to_string());
        let Versioned { manifest_version: found } = smash_core::json::from_slice(text).map_err(invalid)?;
        if found != VERSION {
            return Err(LoadError::Version { expected: VERSION, found });
        }
        smash_core::json::from_slice(text).map_err(invalid)
    }

    /// The manifest of a library that was built for this program's ABI and platform.
    pub fn new(name: &str, version: &str, library: &str, sha256: String, provides: Vec<Provided>) -> Self {
        Self {
            manifest_version: VERSION,
            name: name.to_owned(),
            version: version.to_owned(),
            abi: Abi { major: MAJOR, minor: MINOR },
            target: TARGET.to_owned(),
            library: library.to_owned(),
            sha256,
            provides,
            requires: BTreeMap::new(),
            description: String::new(),
            license: String::new(),
        }
    }

    /// Checks that the plugin was built for this ABI and platform. A plugin for a later minor version may
    /// call functions that this host lacks.
    pub(super) fn fits(&self) -> Result<(), LoadError> {
        if self.abi.major != MAJOR || self.abi.minor > MINOR {
            let expected = format!("{MAJOR}.0 to {MAJOR}.{MINOR}");
            return Err(LoadError::Abi { expected, found: format!("{}.{}", self.abi.major, self.abi.minor) });
        }
        if self.target != TARGET {
            return Err(LoadError::Target { expected: TARGET, found: self.target.clone() });
        }
        Ok(())
    }
}

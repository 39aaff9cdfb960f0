//! `NAME.smash.json`, which is read before any library is opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::Kind;
use smash_sdk::abi::{MAJOR, MINOR};

use super::Fault;
use crate::Format;

/// The version of the manifest's own format.
const VERSION: u32 = Format::Manifest.number();
/// Most bytes of a manifest.
const MOST: u64 = 1 << 20;
/// The platform that this program was built for.
const TARGET: &str = env!("SMASH_TARGET");

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 1.
    pub manifest_version: u32,
    /// Name of the plugin.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The ABI that it was built for.
    pub abi: Abi,
    /// The platform that it was built for, as `rustc -vV` names it (`x86_64-unknown-linux-gnu`).
    pub target: String,
    /// The library, relative to the manifest.
    pub library: String,
    /// SHA-256 of the library, hexadecimal.
    pub sha256: String,
    /// All of its components.
    pub provides: Vec<Provided>,
    /// Versions of other libraries that it needs (`{"libtorch": "2.11.0"}`), for people: an error names them where the
    /// system does not open the plugin.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requires: BTreeMap<String, String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its licence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub license: String,
}

/// A version of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Abi {
    /// Breaking changes.
    pub major: u32,
    /// Additions.
    pub minor: u32,
}

/// A component of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provided {
    /// What it is.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Its `type` in a job.
    pub id: String,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or is not valid.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let unreadable = |source| Fault::Unreadable { path: path.to_owned(), source };
        let mut text = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(MOST + 1).read_to_end(&mut text).map_err(unreadable)?;
        if text.len() as u64 > MOST {
            return Err(Fault::TooLarge { most: MOST });
        }
        Self::parse(&text)
    }

    /// Reads the text of a manifest.
    ///
    /// # Errors
    /// When it is not valid, or of another version of the format.
    pub fn parse(text: &[u8]) -> Result<Self, Fault> {
        /// What every version of the format has.
        #[derive(Deserialize)]
        struct Versioned {
            manifest_version: u32,
        }
        let invalid = |error: serde_json::Error| Fault::Manifest(error.to_string());
        let Versioned { manifest_version: found } = serde_json::from_slice(text).map_err(invalid)?;
        if found != VERSION {
            return Err(Fault::Version { expected: VERSION, found });
        }
        serde_json::from_slice(text).map_err(invalid)
    }

    /// The manifest of a library that this program builds: for its ABI and platform.
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

    /// Whether it was built for this ABI and platform. A plugin for later additions may call what this host lacks.
    pub(super) fn fits(&self) -> Result<(), Fault> {
        if self.abi.major != MAJOR || self.abi.minor > MINOR {
            let expected = format!("{MAJOR}.0 to {MAJOR}.{MINOR}");
            return Err(Fault::Abi { expected, found: format!("{}.{}", self.abi.major, self.abi.minor) });
        }
        if self.target != TARGET {
            return Err(Fault::Target { expected: TARGET, found: self.target.clone() });
        }
        Ok(())
    }
}

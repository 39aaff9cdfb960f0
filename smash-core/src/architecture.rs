//! An architecture as plain data.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::task::Task;

/// One point of a search space: which space, which format, which choices. No weights, nothing that can be derived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Architecture {
    /// Id of the search space that can read the choices (`"memory_bank"`).
    pub space: String,
    /// Format version of the choices.
    pub version: u32,
    /// The choices, as that space defines them.
    pub choices: Value,
}

impl Architecture {
    /// Stable content hash: the first 16 hexadecimal digits of the SHA-256 of the canonical JSON (sorted keys, no
    /// blanks).
    pub fn hash(&self) -> String {
        let mut text = format!("{}@{}", self.space, self.version);
        canonical(&self.choices, &mut text);
        let mut out = String::new();
        for byte in &Sha256::digest(text)[..8] {
            let _ = write!(out, "{byte:02x}");
        }
        out
    }
}

/// Canonical JSON: keys sorted whatever map type `serde_json` was compiled with.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                let _ = write!(out, "{}:", Value::from(key.as_str()));
                canonical(&map[key], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// An architecture with all that is needed to build it elsewhere: the settings of its space and the task. This is
/// what `best.arch.json` and `smash sample` hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArchitectureFile {
    /// The architecture itself.
    #[serde(flatten)]
    pub architecture: Architecture,
    /// The space's configuration as it would stand in a job (with its `type`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// The task it was sampled for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hash_ignores_key_order_and_sees_every_choice() {
        let a = |choices| Architecture { space: "toy".into(), version: 1, choices };
        let one = a(serde_json::from_str(r#"{"b": 1, "a": [2, 3]}"#).unwrap());
        assert_eq!(one.hash(), a(json!({"a": [2, 3], "b": 1})).hash());
        assert_ne!(one.hash(), a(json!({"a": [3, 2], "b": 1})).hash());
        assert_eq!(one.hash().len(), 16);
    }
}

//! The choices of an architecture, kept as JSON text.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::canonical::canonical;
use crate::json;

/// The choices that define an architecture, as JSON text. A search keeps and copies many architectures and
/// looks into few: text is serialised once, takes an eighth of the memory of a tree of values, and is copied
/// by reference.
#[derive(Clone)]
pub struct Choices(Arc<str>);

impl Choices {
    /// Serialises the choices. The fields keep the order of `choices`, in files too; text that is read from a
    /// file has its fields sorted.
    ///
    /// # Errors
    /// When they cannot be serialised as JSON, such as a map whose keys are not strings.
    pub fn new(choices: &(impl Serialize + ?Sized)) -> serde_json::Result<Self> {
        Ok(Self(json::text(choices)?.into()))
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Deserialises the choices.
    ///
    /// # Errors
    /// When they do not fit the type.
    pub fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        // An error of a value tree names no line and column, which mean nothing to a user who never sees this
        // text.
        serde_json::from_str(self.text()).or_else(|_| serde_json::from_value(self.value()))
    }

    /// The choices as a tree of values.
    pub fn value(&self) -> Value {
        // Text that was serialised as JSON parses, unless it is nested too deeply: that becomes `null`.
        serde_json::from_str(self.text()).unwrap_or_default()
    }

    /// Canonical JSON for hashing: sorted keys, no whitespace, and a comma after each item.
    pub(super) fn canonical(&self) -> Vec<u8> {
        canonical(self.text())
    }
}

impl From<Value> for Choices {
    fn from(value: Value) -> Self {
        Self(value.to_string().into())
    }
}

/// Equality ignores whitespace and the order of keys.
impl PartialEq for Choices {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() || self.value() == other.value()
    }
}

impl Serialize for Choices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(self.text()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

// Goes through a tree of values: raw text cannot be read from the buffer that serde uses for `flatten`, as in
// `ArchitectureFile`.
impl<'de> Deserialize<'de> for Choices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Choices {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Value::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Value::json_schema(generator)
    }
}

impl fmt::Debug for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

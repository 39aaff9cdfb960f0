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

/// What a space has decided, as JSON. A search keeps, copies and hands on many architectures and looks into few: text is
/// made once, is an eighth of a tree of values, and is copied by reference.
#[derive(Clone)]
pub struct Choices(Arc<str>);

impl Choices {
    /// Anything that can be written as JSON. The fields stand in the text as `choices` has them, in files too: what is read
    /// from a file has them sorted.
    ///
    /// # Errors
    /// When it has no form in JSON, such as a map whose keys are no texts.
    pub fn new(choices: &(impl Serialize + ?Sized)) -> serde_json::Result<Self> {
        Ok(Self(json::text(choices)?.into()))
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The choices as typed data.
    ///
    /// # Errors
    /// When they do not fit the type.
    pub fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        // Read from values, a message says nothing of a place in a text that nobody sees.
        serde_json::from_str(self.text()).or_else(|_| serde_json::from_value(self.value()))
    }

    /// The choices as a tree of values.
    pub fn value(&self) -> Value {
        // What was written as JSON can be read; a nesting that no reader follows is not told apart.
        serde_json::from_str(self.text()).unwrap_or_default()
    }

    /// Canonical JSON: keys are sorted, nothing stands between tokens, and a comma follows each item.
    pub(super) fn canonical(&self) -> Vec<u8> {
        canonical(self.text())
    }
}

impl From<Value> for Choices {
    fn from(value: Value) -> Self {
        Self(value.to_string().into())
    }
}

/// Blanks and the order of keys do not count.
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

// A tree of values first: raw text cannot be read from what serde holds back, as it does where an architecture is flattened.
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

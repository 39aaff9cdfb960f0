//! The JSON Schema of a job: of its frame, by which jobs are checked apart from their components, and of the
//! whole, which is published.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use smash_core::component::Kind;
use smash_core::error::Problem;

use super::Job;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::registry::Registry;
use crate::registry::check::Checker;
use crate::registry::schema::{define, join_lines, offer, take};

/// The compiled schema of the frame, which no registry changes.
static FRAME: LazyLock<Result<Checker, String>> = LazyLock::new(|| Checker::new(of_frame().into()));

/// Problems of a job apart from its components.
pub(super) fn frame_problems(document: &Value) -> Result<Vec<Problem>> {
    match &*FRAME {
        Ok(frame) => Ok(frame.problems(document, "")),
        Err(message) => Err(Error::Schema { name: "job".into(), message: message.clone() }),
    }
}

/// The schema of a job in which components may be any value: they are checked one by one, so that errors
/// point at leaves.
fn of_frame() -> Map<String, Value> {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Job>().to_value();
    join_lines(&mut schema);
    let mut root = schema.as_object().cloned().unwrap_or_default();
    root.insert("title".into(), "SMASH job".into());
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        let pointer = json!({"type": "string", "description": "Where an editor finds this schema."});
        properties.insert("$schema".into(), pointer);
        let format = json!({
            "type": "integer", "format": "uint32", "minimum": 0, "default": Format::Job.number(),
            "description": "Format of this file; absent: the first.",
        });
        properties.insert("format".into(), format);
    }
    root
}

impl Registry {
    /// The JSON Schema of a whole job (draft 2020-12), for editors and forms: each component is one of those
    /// registered.
    pub fn job_schema(&self) -> Value {
        let mut root = of_frame();
        let mut definitions = take(&mut root, "$defs");
        let mut properties = take(&mut root, "properties");
        let mut choices: BTreeMap<Kind, Vec<Value>> = Kind::ALL.map(|kind| (kind, Vec::new())).into();
        let mut strategies = Vec::new();
        for entry in self.components() {
            let name = define(entry.named(), &mut definitions);
            choices.entry(entry.kind).or_default().push(json!({"$ref": format!("#/$defs/{name}")}));
            strategies.extend((entry.kind == Kind::Strategy).then_some(name));
        }
        for strategy in strategies {
            if let Some(strategy) = definitions.get_mut(&strategy) {
                offer(strategy, choices[&Kind::Estimator].clone());
            }
        }
        for (kind, choices) in choices {
            if let Some(property) = properties.get_mut(kind.key()).and_then(Value::as_object_mut) {
                property.insert("oneOf".into(), choices.into());
            }
        }
        root.insert("properties".into(), properties.into());
        root.insert("$defs".into(), definitions.into());
        root.into()
    }
}

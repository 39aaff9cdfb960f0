//! The JSON Schemas that are published: of one component, and of a whole job.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use smash_core::component::{Component, Kind};

use super::Entry;
use crate::{Format, Job};

/// The schema of a component as it stands in a job, `type` included.
pub(super) fn of_component(component: &Component) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    of_json(component.id, component.about, (component.schema)(&mut generator).to_value())
}

/// As [`of_component`], from the schema of a configuration without `type`.
pub(super) fn of_json(id: &str, about: &str, schema: Value) -> Value {
    let mut root = schema.as_object().cloned().unwrap_or_default();
    root.insert("title".into(), id.into());
    root.entry("description").or_insert_with(|| about.into());
    root.insert("type".into(), "object".into());
    root.insert("additionalProperties".into(), false.into());
    let mut properties = take(&mut root, "properties");
    properties.insert("type".into(), json!({"const": id, "description": about}));
    root.insert("properties".into(), properties.into());
    let mut required = root.remove("required").and_then(|r| r.as_array().cloned()).unwrap_or_default();
    required.insert(0, "type".into());
    root.insert("required".into(), required.into());
    let mut schema = root.into();
    join_lines(&mut schema);
    schema
}

/// The schema of a job in which components may be any value: they are checked one by one, so that errors
/// point at leaves.
pub(super) fn of_frame() -> Map<String, Value> {
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

/// The schema of a whole job, for editors: each component is one of those registered.
pub(super) fn of_job<'a>(entries: impl Iterator<Item = &'a Entry>) -> Value {
    let mut root = of_frame();
    let mut definitions = take(&mut root, "$defs");
    let mut properties = take(&mut root, "properties");
    let mut choices: BTreeMap<Kind, Vec<Value>> = Kind::ALL.map(|kind| (kind, Vec::new())).into();
    let mut strategies = Vec::new();
    for entry in entries {
        let name = define(entry, &mut definitions);
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

/// Adds the schema of a component to `definitions` under `<kind>.<id>`; returns that name.
fn define(entry: &Entry, definitions: &mut Map<String, Value>) -> String {
    let name = format!("{}.{}", entry.kind.key(), entry.id);
    let mut component = entry.schema.clone();
    prefix_references(&mut component, &name);
    if let Some(component) = component.as_object_mut() {
        component.remove("$schema");
        let inner = take(component, "$defs");
        definitions.extend(inner.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
    }
    definitions.insert(name.clone(), component);
    name
}

/// Restricts the estimator of a strategy, if it takes one, to the given schemas.
fn offer(strategy: &mut Value, estimators: Vec<Value>) {
    let property = strategy.pointer_mut("/properties/estimator").and_then(Value::as_object_mut);
    if let Some(property) = property {
        property.insert("oneOf".into(), estimators.into());
    }
}

/// Adds the schemas of the estimators that a strategy may name.
pub(super) fn name_estimators<'a>(strategy: &mut Value, estimators: impl Iterator<Item = &'a Entry>) {
    let Some(root) = strategy.as_object_mut() else { return };
    let mut definitions = take(root, "$defs");
    let reference = |name: String| json!({"$ref": format!("#/$defs/{name}")});
    let choices = estimators.map(|entry| reference(define(entry, &mut definitions))).collect();
    root.insert("$defs".into(), definitions.into());
    offer(strategy, choices);
}

/// Removes and returns the object under a key; empty if there is none.
fn take(map: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
    match map.remove(key) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// Rewrites `#/$defs/X` to `#/$defs/<name>.X`.
fn prefix_references(schema: &mut Value, name: &str) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| prefix_references(item, name)),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(target) if key == "$ref" => {
                        *target = target.replace("#/$defs/", &format!("#/$defs/{name}."));
                    }
                    other => prefix_references(other, name),
                }
            }
        }
        _ => {}
    }
}

/// Joins the lines of doc comments: they are wrapped for the source file, not for the reader of a form.
pub(super) fn join_lines(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(join_lines),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "description" => {
                        let paragraphs: Vec<String> =
                            text.split("\n\n").map(|p| p.replace('\n', " ")).collect();
                        *text = paragraphs.join("\n\n");
                    }
                    other => join_lines(other),
                }
            }
        }
        _ => {}
    }
}

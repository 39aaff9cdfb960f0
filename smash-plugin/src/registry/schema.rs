//! The schemas that are published: of one component, and of a whole job.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use smash_core::component::{Component, Kind};

use super::Entry;
use crate::Job;

/// The schema of a component as it stands in a job, `type` included.
pub(super) fn of_component(component: &Component) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    of_json(component.id, component.about, (component.schema)(&mut generator).to_value())
}

/// The same from the schema of a configuration without `type`.
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

/// The schema of a job in which components may be anything: they are checked one by one, so that errors point at leaves.
pub(super) fn of_frame() -> Map<String, Value> {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Job>().to_value();
    join_lines(&mut schema);
    let mut root = schema.as_object().cloned().unwrap_or_default();
    root.insert("title".into(), "SMASH job".into());
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        let pointer = json!({"type": "string", "description": "Where an editor finds this schema."});
        properties.insert("$schema".into(), pointer);
    }
    root
}

/// The schema of a whole job, for editors: each component is one of those registered.
pub(super) fn of_job<'a>(entries: impl Iterator<Item = &'a Entry>) -> Value {
    let mut root = of_frame();
    let mut definitions = take(&mut root, "$defs");
    let mut properties = take(&mut root, "properties");
    let mut choices: BTreeMap<Kind, Vec<Value>> = Kind::ALL.map(|kind| (kind, Vec::new())).into();
    for entry in entries {
        let name = format!("{}.{}", entry.kind.key(), entry.id);
        let mut component = entry.schema.clone();
        prefix_references(&mut component, &name);
        if let Some(component) = component.as_object_mut() {
            component.remove("$schema");
            let inner = take(component, "$defs");
            definitions.extend(inner.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
        }
        choices.entry(entry.kind).or_default().push(json!({"$ref": format!("#/$defs/{name}")}));
        definitions.insert(name, component);
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

/// Removes the object under a key; empty if there is none.
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

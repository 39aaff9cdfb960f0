//! The JSON Schemas of components.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use smash_core::component::{Component, Kind};

/// The key of a strategy's estimator in its configuration.
pub(super) const ESTIMATOR: &str = Kind::Estimator.key();

/// A component's kind, id and schema.
pub(crate) type Named<'a> = (Kind, &'a str, &'a Value);

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

/// Adds the key to the schema of a strategy that takes any estimator; `usual` is its default estimator.
pub(super) fn insert_estimator(strategy: &mut Value, usual: &str) -> Result<(), String> {
    let property = json!({
        "description": "Estimator that evaluates the candidates: any of them, by its type.",
        "default": {"type": usual},
    });
    match strategy.get_mut("properties").and_then(Value::as_object_mut) {
        Some(properties) if !properties.contains_key(ESTIMATOR) => {
            properties.insert(ESTIMATOR.into(), property);
            Ok(())
        }
        _ => Err(format!("the property {ESTIMATOR:?} of a strategy is the host's")),
    }
}

/// Adds the schema of a component to `definitions` under `<kind>.<id>`; returns that name.
pub(crate) fn define((kind, id, schema): Named<'_>, definitions: &mut Map<String, Value>) -> String {
    let name = format!("{}.{id}", kind.key());
    let mut component = schema.clone();
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
pub(crate) fn offer(strategy: &mut Value, estimators: Vec<Value>) {
    let property = strategy.pointer_mut("/properties/estimator").and_then(Value::as_object_mut);
    if let Some(property) = property {
        property.insert("oneOf".into(), estimators.into());
    }
}

/// Adds the schemas of the estimators that a strategy may name.
pub(super) fn name_estimators<'a>(strategy: &mut Value, estimators: impl Iterator<Item = Named<'a>>) {
    let Some(root) = strategy.as_object_mut() else { return };
    let mut definitions = take(root, "$defs");
    let reference = |name: String| json!({"$ref": format!("#/$defs/{name}")});
    let choices = estimators.map(|named| reference(define(named, &mut definitions))).collect();
    root.insert("$defs".into(), definitions.into());
    offer(strategy, choices);
}

/// Removes and returns the object under a key; empty if there is none.
pub(crate) fn take(map: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
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
pub(crate) fn join_lines(schema: &mut Value) {
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

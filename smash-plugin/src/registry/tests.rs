use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use smash_core::component::{Component, Kind};

use super::Registry;
use super::check::Checker;
use crate::testing::ToyConfig;
use crate::{Error, Job};

fn registry() -> Registry {
    Registry::builtin().unwrap()
}

#[test]
fn a_registry_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Registry>();
    shared::<Error>();
}

#[test]
fn ids_are_unique_and_plain() {
    let registry = registry();
    let all: Vec<&Component> = inventory::iter::<Component>.into_iter().collect();
    assert_eq!(registry.components().count(), all.len());
    let ids: BTreeSet<(Kind, &str)> = all.iter().map(|c| (c.kind, c.id)).collect();
    assert_eq!(ids.len(), all.len());
    for (kind, id) in [
        (Kind::Strategy, "smash"),
        (Kind::Strategy, "perturbation_chain"),
        (Kind::Estimator, "hypernet"),
        (Kind::Estimator, "host"),
        (Kind::Strategy, "random"),
        (Kind::Strategy, "evolution"),
        (Kind::Dataset, "digits"),
        (Kind::Dataset, "cifar10"),
        (Kind::Dataset, "cifar100"),
        (Kind::Dataset, "stl10"),
        (Kind::Dataset, "idx"),
        (Kind::Dataset, "image_folder"),
        (Kind::Dataset, "npz"),
        (Kind::Dataset, "safetensors"),
        (Kind::Dataset, "imagenet32"),
        (Kind::Dataset, "modelnet10"),
        (Kind::Dataset, "modelnet40"),
        (Kind::Space, "memory_bank"),
        (Kind::Backend, "native"),
    ] {
        assert!(ids.contains(&(kind, id)), "{id} is not linked");
    }
    for entry in registry.components() {
        assert!(
            entry.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{}",
            entry.id
        );
        assert!(!entry.about.is_empty() && entry.about.ends_with('.'), "{}", entry.about);
    }
}

#[test]
fn duplicates_are_refused() {
    let [a, b] = [0, 1].map(|_| Component::new::<ToyConfig>(Kind::Space, "same", "Twice."));
    let error = Registry::collect([&a, &b].into_iter()).map(drop).unwrap_err();
    assert_eq!(error.to_string(), "space \"same\" is registered twice");
    let other = Component::new::<ToyConfig>(Kind::Dataset, "same", "Another kind.");
    assert!(Registry::collect([&a, &other].into_iter()).is_ok());
}

#[test]
fn unknown_ids_name_the_known() {
    let registry = registry();
    let error = registry.schema(Kind::Dataset, "digit").unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("dataset: expected one of \"blobs\", \"cifar10\", \"cifar100\", \"digits\", \"idx\", \"image_folder\", \"imagenet32\", \"modelnet10\", \"modelnet40\", \"npz\", \"safetensors\", \"stl10\""),
        "{message}"
    );
    assert!(message.ends_with("found \"digit\", did you mean \"digits\"?"), "{message}");
    assert_eq!(error.exit_code(), 2);
}

/// Visits a schema and all its subschemas.
fn visit(schema: &Value, look: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| visit(item, look)),
        Value::Object(map) => {
            look(map);
            map.values().for_each(|value| visit(value, look));
        }
        _ => {}
    }
}

#[test]
fn schemas_describe_every_field_and_accept_their_defaults() {
    let registry = registry();
    for entry in registry.components() {
        let name = format!("{:?} {}", entry.kind, entry.id);
        let schema = registry.schema(entry.kind, &entry.id).unwrap();
        assert_eq!(schema["title"], entry.id, "{name}");
        assert_eq!(schema["required"][0], "type", "{name}");
        assert_eq!(schema["properties"]["type"]["const"], entry.id, "{name}");
        assert!(schema["description"].is_string(), "{name}");
        visit(&schema, &mut |object| {
            let described = |field: &Value| field.get("const").is_some() || field["description"].is_string();
            if let Some(fields) = object.get("properties").and_then(Value::as_object) {
                assert_eq!(object.get("additionalProperties"), Some(&json!(false)), "{name}");
                for (field, schema) in fields {
                    // The one field of an enum variant is described by the variant.
                    assert!(described(schema) || object.get("description").is_some(), "{name}: {field}");
                }
            }
        });
        let least = json!({"type": entry.id});
        let resolved = registry.resolve(entry.kind, &least).unwrap();
        assert_eq!(resolved["type"], entry.id, "{name}");
        assert_eq!(registry.problems(entry.kind, &resolved, ""), [], "{name}");
        assert_eq!(registry.resolve(entry.kind, &resolved).unwrap(), resolved, "{name}");
    }
}

#[test]
fn the_schema_of_a_job_knows_every_component() {
    let registry = registry();
    let schema = registry.job_schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    visit(&schema, &mut |object| {
        if let Some(target) = object.get("$ref").and_then(Value::as_str) {
            assert!(schema.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
        }
    });
    for (field, property) in schema["properties"].as_object().unwrap() {
        assert!(property["description"].is_string(), "{field}");
        assert!(field == "$schema" || property.get("default").is_some(), "{field}");
    }
    let checker = Checker::new(schema).unwrap();
    for entry in registry.components() {
        let (at, within): (_, fn(Value) -> Value) = match entry.kind {
            Kind::Estimator => {
                ("/strategy/estimator", |estimator| json!({"type": "random", "estimator": estimator}))
            }
            _ => ("", |component| component),
        };
        let key = if at.is_empty() { entry.kind.key() } else { "strategy" };
        let document = json!({key: within(json!({"type": entry.id}))});
        assert_eq!(checker.problems(&document, ""), []);
        let document = json!({key: within(json!({"type": entry.id, "surely_unknown": 1}))});
        let problems = checker.problems(&document, "");
        let pointer =
            if at.is_empty() { format!("/{key}/surely_unknown") } else { format!("{at}/surely_unknown") };
        assert!(problems.len() == 1 && problems[0].pointer == pointer, "{problems:?}");
    }
    let problems = checker.problems(&json!({"dataset": {"type": "digit"}}), "");
    assert_eq!(problems[0].pointer, "/dataset/type");
}

#[test]
fn the_examples_are_valid_jobs() {
    let registry = registry();
    let checker = Checker::new(registry.job_schema()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    for file in fs::read_dir(folder).into_iter().flatten() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(checker.problems(&serde_json::from_str(&text).unwrap(), ""), [], "{}", path.display());
            Job::from_text(&registry, &text, &path.display().to_string()).unwrap();
        }
    }
}

#[test]
fn the_smallest_job_runs_built_in_components() {
    let registry = registry();
    let job = Job::parse(&registry, &json!({})).unwrap();
    let parts = job.parts(&registry).unwrap();
    assert_eq!(parts.data.task().classes, 10);
    assert_eq!((parts.space.id(), parts.backend.info().id.as_str()), ("memory_bank", "native"));
}

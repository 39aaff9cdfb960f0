use serde_json::{Value, json};

use super::Job;
use crate::{Error, Registry};

mod problems;

fn registry() -> Registry {
    Registry::builtin().unwrap()
}

/// A job of test components, with some fields replaced.
fn document(fields: Value) -> Value {
    let mut document = json!({
        "space": {"type": "toy"}, "dataset": {"type": "blobs"}, "backend": {"type": "absent"},
    });
    for (key, value) in fields.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

fn parse(fields: Value) -> crate::Result<Job> {
    Job::parse(&registry(), &document(fields))
}

fn problems(error: Error) -> Vec<String> {
    match error {
        Error::Job(problems) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("expected problems of a job, found {other:?}"),
    }
}

#[test]
fn a_job_is_an_object() {
    for document in [json!(null), json!(3), json!([]), json!("job")] {
        let found = problems(Job::parse(&registry(), &document).unwrap_err());
        assert!(found.len() == 1 && found[0].starts_with("/: expected an object, found "), "{found:?}");
    }
}

#[test]
fn broken_texts_are_located() {
    let error = Job::from_text(&registry(), "{\n  \"seed\": 1,\n}", "my.json").unwrap_err();
    assert_eq!(error.to_string(), "my.json:3:1: trailing comma");
    assert_eq!(error.exit_code(), 2);
    let text = format!("\u{feff}{}", document(json!({"$schema": "smash.schema.json"})));
    Job::from_text(&registry(), &text, "my.json").unwrap();
    let error = Job::from_text(&registry(), &"[".repeat(100_000), "deep").unwrap_err();
    assert!(error.to_string().starts_with("deep:1:65: expected at most 64 arrays and objects"), "{error}");
}

#[test]
fn defaults_are_written_out_and_stay_the_same() {
    let job = parse(json!({"strategy": {"type": "smash", "epochs": 3e0}, "seed": 1e18})).unwrap();
    let resolved = job.resolved();
    assert_eq!(resolved["strategy"]["epochs"], 3);
    assert_eq!(resolved["strategy"]["search"]["random"], 500);
    assert_eq!(resolved["seed"], 1_000_000_000_000_000_000_u64);
    assert_eq!(
        resolved["space"],
        json!({"type": "toy", "layers": 4, "offset": 0, "names": [], "broken": false})
    );
    assert_eq!(resolved["retrain"]["schedule"], json!({"type": "cosine"}));
    let again = Job::parse(&registry(), &resolved).unwrap();
    assert_eq!(again, job);
    assert_eq!(again.resolved().to_string(), resolved.to_string());
}

#[test]
fn identity_covers_what_results_depend_on() {
    let identity = |fields| parse(fields).unwrap().identity();
    let plain = identity(json!({}));
    assert_eq!(plain.len(), 64);
    assert_eq!(plain, identity(json!({"threads": 3, "backend": {"type": "absent", "device": "cuda:1"}})));
    assert_eq!(
        plain,
        identity(json!({"retrain": {"epochs": 100, "lr": 1e-1}, "strategy": {"lr": 0.001, "type": "smash"}}))
    );
    assert_ne!(plain, identity(json!({"seed": 1})));
    assert_ne!(plain, identity(json!({"space": {"type": "toy", "layers": 3}})));
    assert_ne!(plain, identity(json!({"dataset": {"type": "blobs", "examples": 50}})));
}

#[test]
fn assignments_reach_every_value() {
    let mut document = json!({"space": {"type": "toy", "names": ["a", "b"]}, "budget": null});
    for assignment in [
        "seed=7",
        "space.names.1=c=d",
        "strategy.search.random=10",
        "strategy.type=smash",
        "dataset.path=/data/my set",
        "strategy.betas=[0.5, 0.9]",
        "budget.search_seconds=1.5",
        "retrain.use_validation=false",
        "backend={\"type\": \"native\"}",
        "note=",
    ] {
        Job::apply(&mut document, assignment).unwrap();
    }
    let expected = json!({
        "seed": 7,
        "space": {"type": "toy", "names": ["a", "c=d"]},
        "strategy": {"type": "smash", "search": {"random": 10}, "betas": [0.5, 0.9]},
        "dataset": {"path": "/data/my set"},
        "budget": {"search_seconds": 1.5},
        "retrain": {"use_validation": false},
        "backend": {"type": "native"},
        "note": "",
    });
    assert_eq!(document, expected);
}

#[test]
fn assignments_that_lead_nowhere_are_refused() {
    let deep = format!("{}=1", ["a"; 100_000].join("."));
    let cases = [
        ("seed", "seed: expected name=value, as in strategy.epochs=10"),
        ("=1", "=1: expected names between single dots"),
        ("a..b=1", "a..b=1: expected names between single dots"),
        ("space.type.x=1", "space.type.x=1: space.type is \"toy\": it has no field \"x\""),
        ("space.names.2=x", "space.names.2=x: space.names is an array of 2: it has no item 2"),
        ("space.names.first=x", "it has no item first"),
        (&deep, "expected at most 32 names, found 100000"),
    ];
    for (assignment, message) in cases {
        let mut document = json!({"space": {"type": "toy", "names": ["a", "b"]}});
        let before = document.clone();
        let error = Job::apply(&mut document, assignment).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!((error.exit_code(), document), (2, before));
    }
    let error = Job::apply(&mut json!("text"), "seed=1").unwrap_err();
    assert_eq!(error.to_string(), "seed=1: the job is \"text\": it has no field \"seed\"");
}

#[test]
fn faults_of_components_are_located() {
    let parts = |fields| parse(fields).unwrap().parts(&registry()).map(drop).unwrap_err();
    let cases = [
        (json!({"space": {"type": "toy", "broken": true}}), 2, "/space/broken: expected false, found true"),
        (
            json!({"dataset": {"type": "blobs", "examples": 0}}),
            2,
            "/dataset/examples: expected some, found 0",
        ),
        (
            json!({"dataset": {"type": "blobs", "examples": 7}}),
            3,
            "dataset: blobs.bin: expected 8 bytes, found 7",
        ),
        (
            json!({"dataset": {"type": "blobs", "examples": 1}}),
            3,
            "search needs training and validation examples",
        ),
        (json!({"backend": {"type": "absent", "device": "x"}}), 1, "backend: no device \"x\""),
    ];
    for (fields, code, message) in cases {
        let error = parts(fields);
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!(error.exit_code(), code, "{error}");
    }
}

//! A strategy of a plugin with the estimator of the host.

use serde_json::{Value, json};
use smash_core::session::{Phase, Session};
use smash_plugin::{Job, Registry};
use smash_tests::kit::{Trace, searching};
use smash_tests::plugins::{build, installed};

fn job(strategy: Value) -> Value {
    json!({
        "seed": 3,
        "space": {"type": "memory_bank", "preset": "tiny"},
        "strategy": strategy,
        "retrain": {"epochs": 1, "batch": 60}
    })
}

#[test]
fn a_strategy_proposes_and_the_host_estimates() {
    let (_folder, manifest) = installed(&build("smash-sample-strategy"));
    let mut registry = Registry::builtin().unwrap();
    registry.load_plugin(&manifest).unwrap();
    let parse = |strategy: Value| Job::parse(&registry, &job(strategy));

    // The estimator is configured, checked and written out like any part of the job.
    let said = |strategy: Value| parse(strategy).unwrap_err().to_string();
    let error = said(json!({"type": "local", "estimator": {"epoch": 3}}));
    assert!(error.contains("/strategy/estimator/epoch: unknown field, did you mean \"epochs\"?"), "{error}");
    let error = said(json!({"type": "local", "estimator": {"search": {}}}));
    assert!(error.contains("/strategy/estimator/search: unknown field"), "{error}");
    let error = said(json!({"type": "local", "estimator": {"betas": [0.5, 1.5]}}));
    assert!(error.contains("/strategy/estimator/betas/1"), "{error}");
    let error = said(json!({"type": "local", "rate": 2}));
    assert!(error.contains("/strategy/rate"), "{error}");
    let whole = parse(json!({"type": "local"})).unwrap().strategy;
    assert_eq!((&whole["patience"], &whole["estimator"]["batch"]), (&json!(20), &json!(50)));
    assert_eq!(parse(whole.clone()).unwrap().strategy, whole);
    let schema = registry.job_schema();
    let estimator = &schema["$defs"]["strategy.local"]["properties"]["estimator"];
    assert!(estimator["properties"]["hypernet"]["properties"]["stages"].is_object(), "{estimator}");

    let job = parse(json!({
        "type": "local", "candidates": 10, "patience": 2, "rate": 0.2,
        "estimator": {"epochs": 1, "batch": 60, "scoring": {"examples": 90, "calibration": 50}}
    }))
    .unwrap();
    let parts = || job.parts(&registry).unwrap();
    let whole = Trace::of(parts(), job.settings());
    assert_eq!(whole.ranking.len(), 10);
    assert!(whole.ranking.iter().all(|record| record.loss.is_some()));
    for phase in ["start", "neighbour"] {
        assert!(whole.ranking.iter().any(|record| record.phase == phase), "{phase}");
    }

    // Saved and loaded before each candidate, it finds the same.
    let mut session = searching(Session::new(parts(), job.settings()).unwrap());
    while session.phase() == Phase::Searching {
        let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
        session = Session::load(parts(), job.settings(), &checkpoint, &weights).unwrap();
        session.step(&mut ()).unwrap();
    }
    assert_eq!(session.ranking(), whole.ranking);
}

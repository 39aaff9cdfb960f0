//! A proposer of a plugin with every estimator.

use serde_json::{Value, json};
use smash_core::session::{Phase, Session};
use smash_plugin::{Job, Registry};
use smash_tests::artifact;
use smash_tests::kit::{Trace, searching};
use smash_tests::plugins::installed;

fn job(strategy: Value) -> Value {
    json!({
        "seed": 3,
        "space": {"type": "memory_bank", "preset": "tiny"},
        "strategy": strategy,
        "retrain": {"epochs": 1, "batch": 60}
    })
}

#[test]
fn a_proposer_proposes_and_the_host_estimates() {
    let (_folder, manifest) = installed(&artifact::library("smash-sample-proposer"));
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
    let choices: Vec<&str> = estimator["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|choice| choice["$ref"].as_str().unwrap())
        .collect();
    assert_eq!(choices, ["#/$defs/estimator.host", "#/$defs/estimator.hypernet"]);

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

    // With the host in the place of the HyperNet it is asked and told.
    let hosted = parse(json!({
        "type": "local", "candidates": 10, "patience": 2, "rate": 0.2, "estimator": {"type": "host"}
    }))
    .unwrap();
    let mut session = Session::new(hosted.parts(&registry).unwrap(), hosted.settings()).unwrap();
    let mut told = 0;
    while let Some(candidate) = session.ask(1).unwrap().pop() {
        session.tell(candidate.trial_id, Some(vec![f64::from(told % 4)])).unwrap();
        told += 1;
    }
    assert_eq!(told, 10);
    assert_eq!(session.step(&mut ()).unwrap(), Phase::Retraining);

    // Saved and loaded before each candidate, it finds the same.
    let mut session = searching(Session::new(parts(), job.settings()).unwrap());
    while session.phase() == Phase::Searching {
        let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
        session = Session::load(parts(), job.settings(), &checkpoint, &weights).unwrap();
        session.step(&mut ()).unwrap();
    }
    assert_eq!(session.ranking(), whole.ranking);
}

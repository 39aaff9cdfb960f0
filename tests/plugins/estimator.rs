//! An estimator of a plugin with every proposer.

use serde_json::json;
use smash_core::session::{Phase, Session};
use smash_plugin::{Job, Registry};
use smash_tests::artifact;
use smash_tests::plugins::installed;

#[test]
fn an_estimator_scores_with_what_the_host_lends() {
    let (_folder, manifest) = installed(&artifact::library("smash-sample-estimator"));
    let mut registry = Registry::builtin().unwrap();
    registry.load_plugin(&manifest).unwrap();
    let job = |strategy: &str, estimator: serde_json::Value| {
        let search = json!({"candidates": 4});
        Job::parse(
            &registry,
            &json!({
                "seed": 3, "space": {"type": "memory_bank", "preset": "tiny"},
                "strategy": {"type": strategy, "search": search, "estimator": estimator}, "retrain": {"epochs": 0}
            }),
        )
    };
    let wrong = job("random", json!({"type": "brief", "epoch": 2})).unwrap_err().to_string();
    assert!(wrong.contains("/strategy/estimator/epoch: unknown field, did you mean \"epochs\"?"), "{wrong}");
    let schema = registry.job_schema();
    assert!(schema["$defs"]["estimator.brief"]["properties"]["epochs"]["minimum"] == 1);

    let job = job("random", json!({"type": "brief", "epochs": 2})).unwrap();
    assert_eq!(job.strategy["estimator"]["batch"], 50, "its defaults are written out");
    let ranking = |resumed: bool| {
        let mut session = Session::new(job.parts(&registry).unwrap(), job.settings()).unwrap();
        while session.phase() != Phase::Retraining {
            session.step(&mut ()).unwrap();
            if resumed {
                let (saved, weights) = (session.save().unwrap(), session.weights().unwrap());
                session =
                    Session::load(job.parts(&registry).unwrap(), job.settings(), &saved, &weights).unwrap();
            }
        }
        session.ranking()
    };
    let found = ranking(false);
    assert_eq!(found.len(), 4);
    // A guess has a loss of ln 10 = 2.3, and nine of ten wrong.
    let best = &found[0];
    assert!(best.loss.unwrap() < 1.5 && best.error.unwrap() < 0.5, "{best:?}");
    assert_eq!(found, ranking(true));
}

//! Engines in dynamic libraries: built here, described, loaded, and run by jobs like any other.

use std::process::Command;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_core::session::Session;
use smash_plugin::{Error, Job, Registry, Source};
use smash_tests::artifact;
use smash_tests::plugins::installed;

fn job(backend: &str) -> Value {
    json!({
        "dataset": {"type": "digits"},
        "strategy": {
            "type": "smash", "epochs": 1, "batch": 100,
            "scoring": {"examples": 100, "calibration": 50},
            "search": {"random": 3, "perturbation": 1, "chain": 1}
        },
        "retrain": {"epochs": 1, "batch": 100},
        "backend": {"type": backend}
    })
}

#[test]
fn an_engine_in_a_dynamic_library() {
    let library = artifact::library("smash-sample-backend");
    let symbols = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output();
    match symbols {
        Ok(output) => {
            let text = String::from_utf8(output.stdout).unwrap();
            let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
            assert_eq!(names, ["smash_plugin_init_v1"]);
        }
        Err(error) => println!("SKIP plugin_symbols: nm: {error}"),
    }
    let (_folder, manifest) = installed(&library);

    let mut registry = Registry::builtin().unwrap();
    let unknown = Job::parse(&registry, &job("sample")).unwrap_err().to_string();
    assert!(unknown.contains("/backend/type"), "{unknown}");
    registry.load_plugin(&manifest).unwrap();
    let entry = registry.get(Kind::Backend, "sample").unwrap();
    assert!(matches!(entry.source(), Source::Plugin { .. }));
    assert_eq!(registry.plugins().into_keys().collect::<Vec<_>>(), [manifest.as_path()]);
    assert!(matches!(registry.load_plugin(&manifest), Err(Error::Duplicate { .. })));
    // Another registry knows nothing of it.
    assert!(Registry::builtin().unwrap().get(Kind::Backend, "sample").is_err());

    // Its schema is part of the job's, its defaults are written out, its errors point into the job.
    assert!(registry.job_schema().to_string().contains("Says no when it is to start."));
    let parsed = Job::parse(&registry, &job("sample")).unwrap();
    assert_eq!(parsed.backend, json!({"type": "sample", "refuse": false}));
    let mut wrong = job("sample");
    wrong["backend"]["refuse"] = 3.into();
    assert!(Job::parse(&registry, &wrong).unwrap_err().to_string().contains("/backend/refuse"));
    wrong["backend"]["refuse"] = true.into();
    let refused = Job::parse(&registry, &wrong).unwrap().parts(&registry).map(drop).unwrap_err().to_string();
    assert!(refused.contains("/backend/refuse: expected false"), "{refused}");

    // The whole job, with the same numbers as on the engine that is linked in.
    assert_eq!(results(&registry, "sample"), results(&registry, "native"));
}

/// Validation losses of all candidates, and the test loss.
fn results(registry: &Registry, backend: &str) -> Vec<f64> {
    let job = Job::parse(registry, &job(backend)).unwrap();
    let mut session = Session::new(job.parts(registry).unwrap(), job.settings()).unwrap();
    session.run(&AtomicBool::new(false)).unwrap();
    let mut records = session.ranking();
    records.sort_by_key(|record| record.trial_id);
    let losses = records.iter().map(|record| record.loss.unwrap());
    losses.chain([session.test_score().unwrap().loss]).collect()
}

/// Libtorch is there if the command that fetches it was run: `cargo xtask test --all` does.
#[test]
#[ignore = "needs libtorch, and minutes to build"]
fn libtorch_in_a_dynamic_library() {
    if !artifact::has_libtorch() {
        println!("SKIP libtorch_in_a_dynamic_library: no libtorch (cargo xtask libtorch)");
        return;
    }
    let (_folder, manifest) = installed(&artifact::library("smash-backend-tch"));
    let mut registry = Registry::builtin().unwrap();
    registry.load_plugin(&manifest).unwrap();
    for (there, here) in results(&registry, "tch").iter().zip(results(&registry, "native")) {
        // Rounding grows along the training.
        assert!((there / here - 1.0).abs() < 0.05, "{there} on libtorch, {here} here");
    }
}

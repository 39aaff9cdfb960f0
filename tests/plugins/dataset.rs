//! A dataset in C: searched like any other, and what is said when it fails.

use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_core::dataset::Data;
use smash_core::random::Seed;
use smash_core::session::{End, Session};
use smash_plugin::{Job, Registry};
use smash_tests::artifact;
use smash_tests::plugins::{build_c, installed};

fn job(dataset: &Value) -> Value {
    json!({
        "space": {"type": "memory_bank", "preset": "tiny"},
        "dataset": dataset,
        "strategy": {
            "type": "smash", "epochs": 2, "batch": 40,
            "scoring": {"examples": 40, "calibration": 50},
            "search": {"random": 3, "perturbation": 1, "chain": 1}
        },
        "retrain": {"epochs": 12, "batch": 20, "lr": 0.05}
    })
}

#[test]
fn a_dataset_in_c() {
    let Some((_built, library)) = build_c("dataset_c/stripes.c") else {
        println!("SKIP a_dataset_in_c: no cc");
        return;
    };
    let (_folder, manifest) = installed(&library);
    let mut registry = Registry::builtin().unwrap();
    registry.load_plugin(&manifest).unwrap();
    assert_eq!(
        registry.get(Kind::Dataset, "stripes").unwrap().about,
        "Grey 8x8 images of stripes in four directions."
    );

    let job_of = |dataset: Value| Job::parse(&registry, &job(&dataset));
    let few = job_of(json!({"type": "stripes", "examples": 3})).unwrap_err().to_string();
    assert!(few.contains("/dataset/examples: expected at least 40, found 3"), "{few}");

    // Searched and retrained, it is learnt: chance is 0.75.
    let parsed = job_of(json!({"type": "stripes", "examples": 600})).unwrap();
    let parts = parsed.parts(&registry).unwrap();
    assert_eq!((parts.data.splits().train.len(), parts.data.splits().test.len()), (480, 60));
    assert_eq!(parts.data.dataset().augmentation().crop_padding, 1);
    let mut session = Session::new(parts, parsed.settings()).unwrap();
    assert_eq!(session.run(&AtomicBool::new(false)).unwrap(), End::Done);
    let error = session.test_score().unwrap().error;
    assert!(error < 0.3, "test error {error}");

    // What cannot be read ends the run with an error that names dataset, example and reason.
    let damaged = job_of(json!({"type": "stripes", "damaged": 17})).unwrap();
    let data = damaged.data(&registry).unwrap();
    let alone = data.batch(&[17], None).unwrap_err().to_string();
    assert_eq!(alone, "dataset: \"stripes\": reading example 17: the stripes are torn");
    let batch = data.batch(&[15, 16, 17, 18, 19, 20], None).unwrap_err().to_string();
    assert!(batch.contains("reading 6 examples (15, 16, 17, 18, 19, …): the stripes are torn"), "{batch}");
    assert!(data.batch(&[16, 18], Some(Seed::new(1))).is_ok());
    let mut session = Session::new(damaged.parts(&registry).unwrap(), damaged.settings()).unwrap();
    let error = session.run(&AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error, smash_core::Error::Data(_)), "{error}");

    // Each reader has its own; many threads may read at once, one at a time.
    let data = Data::new(registry.dataset(&json!({"type": "stripes"})).unwrap(), Seed::new(3)).unwrap();
    let expected = data.batch(&[1, 2, 3], None).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(data.batch(&[1, 2, 3], None).unwrap().x, expected.x);
                }
            });
        }
    });
}

#[test]
fn a_dataset_in_rust() {
    let (_folder, manifest) = installed(&artifact::library("smash-sample-dataset"));
    let mut registry = Registry::builtin().unwrap();
    registry.load_plugin(&manifest).unwrap();
    let parsed = Job::parse(&registry, &job(&json!({"type": "waves", "examples": 400}))).unwrap();
    assert_eq!(parsed.dataset, json!({"type": "waves", "examples": 400, "noise": 0.5}));
    let mut session = Session::new(parsed.parts(&registry).unwrap(), parsed.settings()).unwrap();
    session.run(&AtomicBool::new(false)).unwrap();
    let error = session.test_score().unwrap().error;
    assert!(error < 0.4, "test error {error}");
}

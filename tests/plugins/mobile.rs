//! The mobile networks of a plugin, from the first check to an exported model.

use serde_json::{Value, json};
use smash_tests::artifact;
use smash_tests::kit::{Place, lines};
use smash_tests::plugins::installed;

#[test]
fn mobile_networks_are_checked_searched_and_exported() {
    let (_folder, manifest) = installed(&artifact::library("smash-sample-mobile"));
    let manifest = manifest.to_str().unwrap();
    let place = Place::new();
    let smash = |args: &[&str]| place.good(&[&["--plugin", manifest], args].concat());

    let report = place.good(&["plugin", "check", manifest]);
    assert!(report.contains("it_is_searched: ok") && report.contains("keeps its promises"), "{report}");

    let job = json!({
        "space": {"type": "mobile", "stages": 2},
        "strategy": {
            "type": "smash", "epochs": 2, "hypernet": {"first": 4, "growth": 4, "stages": [2, 2]},
            "scoring": {"examples": 90, "calibration": 50},
            "search": {"random": 8, "perturbation": 3, "chain": 3}
        },
        "retrain": {"epochs": 6, "batch": 25}
    });
    place.write("job.json", &job.to_string());
    smash(&["search", "job.json", "--quiet", "--out", "run"]);
    let ranking = lines(&place.text("run/ranking.jsonl"));
    assert_eq!(ranking.len(), 14);
    let metrics: Value = serde_json::from_str(&place.text("run/metrics.json")).unwrap();
    // Chance is 0.9.
    assert!(metrics["test_error"].as_f64().unwrap() < 0.2, "{metrics}");

    // The model has its network, and needs no plugin.
    place.good(&["export", "run/model.safetensors", "--format", "onnx", "--out", "mobile.onnx"]);
    let mut wrong = lines(&smash(&["sample", "job.json"])).remove(0);
    wrong["choices"]["stages"][1]["kernel"] = 4.into();
    place.write("wrong.json", &wrong.to_string());
    let output = place.command(&["--plugin", manifest, "describe", "wrong.json"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("/choices/stages/1/kernel: expected 3 to 7 in steps of 2, found 4"), "{error}");
}

//! A space of a plugin, searched from the command line.

use serde_json::{Value, json};
use smash_tests::artifact;
use smash_tests::kit::{Place, lines};
use smash_tests::plugins::installed;

#[test]
fn a_space_is_searched_from_the_command_line() {
    let (_folder, manifest) = installed(&artifact::library("smash-sample-space"));
    let manifest = manifest.to_str().unwrap();
    let place = Place::new();
    let job = json!({
        "space": {"type": "plain", "layers": 3},
        "strategy": {
            "type": "smash", "epochs": 1, "batch": 50,
            "scoring": {"examples": 90, "calibration": 50},
            "search": {"random": 6, "perturbation": 3, "chain": 3, "rate": 0.3}
        },
        "retrain": {"epochs": 40, "batch": 25}
    });
    place.write("job.json", &job.to_string());
    let smash = |args: &[&str]| place.good(&[&["--plugin", manifest], args].concat());

    assert!(smash(&["list"]).contains("Plain networks of varying width."));
    let schema: Value = serde_json::from_str(&smash(&["schema", "space", "plain"])).unwrap();
    assert_eq!(schema["properties"]["layers"]["maximum"], 16);
    assert!(smash(&["schema"]).contains("#/$defs/space.plain"));

    smash(&["search", "job.json", "--quiet", "--out", "run"]);
    let ranking = lines(&place.text("run/ranking.jsonl"));
    assert_eq!(ranking.len(), 12);
    assert!(
        ranking.iter().all(|record| record["architecture"]["space"] == "plain" && record["loss"].is_f64())
    );
    let metrics: Value = serde_json::from_str(&place.text("run/metrics.json")).unwrap();
    // Chance is 0.9.
    assert!(metrics["test_error"].as_f64().unwrap() < 0.5, "{metrics}");

    let described = smash(&["describe", "run/best.arch.json"]);
    assert!(described.contains("layer0"), "{described}");
    assert_eq!(lines(&smash(&["predict", "run"])).len(), 179);
    let samples = lines(&smash(&["sample", "job.json", "-n", "3"]));
    assert_eq!(samples[0]["settings"], json!({"type": "plain", "layers": 3}));
    assert_eq!(samples, lines(&smash(&["sample", "job.json", "-n", "3"])));

    // The model has its network, and needs no plugin.
    place.good(&["export", "run/model.safetensors", "--format", "onnx", "--out", "plain.onnx"]);

    let mut wrong = samples[0].clone();
    wrong["choices"] = json!({"layers": 2, "widths": [1, 9]});
    place.write("wrong.json", &wrong.to_string());
    let output = place.command(&["--plugin", manifest, "describe", "wrong.json"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && error.contains("/choices/widths/1: expected 1 to 4, found 9"),
        "{error}"
    );
    // Without the plugin, the run says what it lacks.
    let output = place.command(&["predict", "run"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("found \"plain\""));
}

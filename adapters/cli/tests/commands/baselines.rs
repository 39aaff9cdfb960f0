//! `smash baseline` and `smash study baselines`: hand-designed networks of the size of a found one.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kit::Place;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_family_trains_at_the_size_of_a_run() {
    let place = Place::new();
    place.write("found.json", place.good(&["sample", "small.json"]));
    place.good(&["train", "found.json", "small.json", "--out", "found", "--quiet"]);
    let params = json(&place.read("found/metrics.json"))["params"].as_u64().unwrap();
    for family in ["wrn", "densenet", "resnet", "fractalnet"] {
        // A run folder and an architecture file say the same.
        let like = if family == "wrn" { "found.json" } else { "found" };
        let args = ["baseline", "small.json", "--family", family, "--params-like", like, "--out", family];
        let summary = place.good(&args);
        let metrics = json(&place.read(&format!("{family}/metrics.json")));
        assert!(summary.contains(metrics["architecture"].as_str().unwrap()), "{summary}");
        assert!(metrics["params"].as_u64().unwrap().abs_diff(params) * 20 <= params, "{family}: {metrics}");
        assert!(metrics["test_error"].as_f64().unwrap() < 0.9, "{family}: {metrics}");
        // What it leaves is a run like any other.
        place.good(&["describe", &format!("{family}/best.arch.json")]);
        place.good(&["predict", family]);
    }
    place.good(&["baseline", "small.json", "--family", "wrn", "--params-like", "found"]);
    assert_eq!(
        json(&place.read("runs/small-wrn/metrics.json"))["test_loss"],
        json(&place.read("wrn/metrics.json"))["test_loss"]
    );
    let file = json(&place.read("resnet/best.arch.json"));
    assert_eq!((&file["space"], &file["choices"]["family"]), (&"hand_designed".into(), &"resnet".into()));
}

#[test]
fn wrong_calls() {
    let place = Place::new();
    let baseline = ["baseline", "small.json", "--out", "x", "--family"];
    let with = |rest: &[&'static str]| [&baseline[..], rest].concat();
    place.bad(&with(&["wrn", "--params", "10"]), 2, &["within 5 % of 10 parameters", "nearest"]);
    place.bad(&with(&["wrn", "--params-like", "none"]), 3, &["none"]);
    let done = place.run(&with(&["vgg", "--params", "10000"]));
    assert!(done.code == 2 && done.err.contains("resnet, wrn, densenet, fractalnet"), "{}", done.err);
    assert_eq!(place.run(&with(&["wrn"])).code, 2);
    assert_eq!(place.names(), ["small.json"]);
    // They are no space for a HyperNet.
    place.bad(
        &["search", "small.json", "--set", "space={\"type\": \"hand_designed\"}"],
        2,
        &["smash baseline"],
    );
}

/// The arguments of a small study.
const STUDY: [&str; 7] = ["study", "baselines", "small.json", "--families", "wrn,resnet", "--seeds", "1,2"];

/// The result without what depends on the clock.
fn result(place: &Place, folder: &str) -> Value {
    let mut result = json(&place.read(&format!("{folder}/baselines.json")));
    for network in result["networks"].as_array_mut().unwrap() {
        for run in network["runs"].as_array_mut().unwrap() {
            run.as_object_mut().unwrap().remove("seconds");
        }
    }
    result
}

#[test]
fn a_study_that_was_killed_goes_on() {
    let place = Place::new();
    let table = place.good(&[&STUDY[..], &["--out", "whole"]].concat());
    for word in ["found", "wrn", "resnet", "MACS", "baselines.json"] {
        assert!(table.contains(word), "expected {word} in {table}");
    }
    let whole = result(&place, "whole");
    let networks = whole["networks"].as_array().unwrap();
    assert_eq!(networks.iter().map(|n| n["runs"].as_array().unwrap().len()).collect::<Vec<_>>(), [2, 2, 2]);

    let mut command = place.command(&[&STUDY[..], &["--out", "killed"]].concat());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !place.exists("killed/resnet-seed1/job.json") && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(120));
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let untouched = place.read("killed/found-seed1/metrics.json");
    place.good(&[&STUDY[..], &["--out", "killed"]].concat());
    assert_eq!(result(&place, "killed"), whole);
    let seconds = |text: &str| json(text)["seconds"]["retrain"].clone();
    assert_eq!(seconds(&untouched), seconds(&place.read("killed/found-seed1/metrics.json")));

    // A finished search can be given instead, and another job cannot go on in the same folder.
    place.good(&[&STUDY[..], &["--out", "given", "--found", "whole/search"]].concat());
    assert_eq!(result(&place, "given"), whole);
    let other = [&STUDY[..], &["--out", "whole", "--set", "strategy.epochs=2"]].concat();
    place.bad(&other, 2, &["belongs to another job"]);
}

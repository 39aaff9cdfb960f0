//! Constraints that few samples meet, and their relaxing on resume.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use smash_core::random::Seed;
use smash_core::session::Event;
use smash_plugin::run::{self, RunFolder};
use smash_plugin::{Job, Registry};
use smash_tests::dry::Dry;
use smash_tests::kit::Place;

use super::kit::{self, copy, interrupt, job, place, refused, search, start, tree};

/// Sets an upper bound of the small job.
fn bound(place: &Place, max_params: Value, name: &str) {
    let mut job: Value = serde_json::from_str(&job()).unwrap();
    job["constraints"] = json!({"min_params": 1450, "max_params": max_params});
    place.write(name, &job.to_string());
}

fn relax(place: &Place) -> std::process::Output {
    kit::run(place, &["search", "looser.json", "--quiet", "--out", "run", "--resume"])
}

fn log(place: &Place) -> String {
    place.text("run/events.jsonl")
}

#[test]
fn constraints_may_be_relaxed_while_a_run_trains_or_searches() {
    for lines in [5, 40] {
        let place = place();
        bound(&place, json!(3000), "looser.json");
        interrupt(&place, lines, &[]);
        let output = relax(&place);
        assert!(output.status.success(), "{output:?}");
        let relaxed: Vec<Value> = log(&place)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|event: &Value| event["event"] == "relaxed")
            .collect();
        let constraints = json!({"min_params": 1450, "max_params": 3000});
        assert_eq!(relaxed, [json!({"event": "relaxed", "constraints": constraints})]);
        let job: Value = serde_json::from_slice(&place.bytes("run/job.json")).unwrap();
        assert_eq!(job["constraints"]["max_params"], 3000);
        // From here on it is a run of the looser job, as any other.
        let whole = tree(&place.path("run"));
        assert!(relax(&place).status.success());
        assert!(tree(&place.path("run")) == whole);
        for (name, found) in [("job.json", "3000 in the folder, 2000 in this job"), ("run/job.json", "")] {
            let output = kit::run(&place, &["search", name, "--quiet", "--out", "run", "--resume"]);
            if found.is_empty() {
                assert!(output.status.success(), "{output:?}");
            } else {
                assert!(refused(&output, &[2]).contains(found), "{output:?}");
            }
        }
    }
}

#[test]
fn other_changes_belong_to_another_job() {
    let place = place();
    interrupt(&place, 40, &[]);
    let whole = tree(&place.path("run"));
    bound(&place, json!(1900), "looser.json");
    assert!(refused(&relax(&place), &[2]).contains("only its constraints may become looser"));
    bound(&place, json!(3000), "looser.json");
    let output = kit::run(
        &place,
        &["search", "looser.json", "--set", "seed=4", "--quiet", "--out", "run", "--resume"],
    );
    assert!(refused(&output, &[2]).contains("/seed: 3 in the folder, 4 in this job"));
    assert!(tree(&place.path("run")) == whole);
}

/// What a search leaves and another one replaces.
const RESULTS: [&str; 5] =
    ["ranking.jsonl", "best.arch.json", "model.safetensors", "metrics.json", "run.svg"];

#[test]
fn a_finished_run_is_searched_again_with_its_hypernet() {
    let place = place();
    assert!(search(&place, &[]).status.success());
    let whole = tree(&place.path("run"));
    // A folder of the user that has the name of the first one.
    std::fs::create_dir(place.path("run/earlier-1")).unwrap();
    place.write("run/earlier-1/model.safetensors", "mine");
    for (number, most) in [3000, 4000].into_iter().enumerate() {
        let before = RESULTS.map(|name| place.bytes(&format!("run/{name}")));
        bound(&place, json!(most), "looser.json");
        let output = relax(&place);
        assert!(output.status.success(), "{output:?}");
        for (name, before) in RESULTS.iter().zip(before) {
            assert!(place.bytes(&format!("run/earlier-{}/{name}", number + 2)) == before, "{name}");
            assert!(*name != "ranking.jsonl" || place.bytes("run/ranking.jsonl") != before);
        }
        let ranking = place.text("run/ranking.jsonl");
        let params =
            ranking.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["params"].as_u64());
        let params: Vec<u64> = params.map(Option::unwrap).collect();
        assert!(params.len() == 24 && params.iter().any(|p| *p > 2000) && params.iter().all(|p| *p <= most));
        assert!(place.bytes("run/hypernet.safetensors") == whole[Path::new("hypernet.safetensors")]);
        let drawn = place.good(&["plot", "run", "--out", "plot.svg"]);
        assert!(place.bytes("plot.svg") == place.bytes("run/run.svg"), "{drawn}");
    }
    assert_eq!(place.text("run/earlier-1/model.safetensors"), "mine");
}

/// Runs the small job with a bound that every sample meets, in a space that has only five for the search.
fn exhausted(place: &Place) {
    let registry = Registry::builtin().unwrap();
    let mut document: Value = serde_json::from_str(&job()).unwrap();
    document["constraints"] = json!({"max_params": 1_000_000_000});
    place.write("job.json", &document.to_string());
    document["constraints"] = json!({});
    place.write("looser.json", &document.to_string());
    let job = Job::from_text(&registry, &place.text("job.json"), "job.json").unwrap();
    let mut parts = job.parts(&registry).unwrap();
    // One sample shows that the constraints can be met at all.
    let samples = 1 + parts.strategy.estimator.steps(&parts.data) + 5;
    parts.space = Box::new(Dry::for_good(samples, parts.space));
    let folder = RunFolder::create(&place.path("run"), &job).unwrap();
    run::search(&folder, &job, parts, &mut |_: &Event| (), &AtomicBool::new(false)).unwrap().unwrap();
    assert!(log(place).contains("\"event\":\"exhausted\""));
    assert_eq!(place.text("run/ranking.jsonl").lines().count(), 5);
}

#[test]
fn an_exhausted_search_is_made_again_under_looser_constraints() {
    let place = place();
    exhausted(&place);
    let whole = tree(&place.path("run"));
    assert!(search(&place, &["--resume"]).status.success());
    assert!(tree(&place.path("run")) == whole, "the same job leaves a finished run alone");
    let hypernet = place.bytes("run/hypernet.safetensors");
    std::fs::remove_file(place.path("run/hypernet.safetensors")).unwrap();
    assert!(refused(&relax(&place), &[2]).contains("without it the search cannot be made again"));
    std::fs::write(place.path("run/hypernet.safetensors"), &hypernet).unwrap();
    assert!(tree(&place.path("run")) == whole);

    let output = relax(&place);
    assert!(output.status.success(), "{output:?}");
    for name in RESULTS {
        assert!(place.bytes(&format!("run/earlier-1/{name}")) == whole[Path::new(name)], "{name}");
    }
    assert_eq!(place.text("run/ranking.jsonl").lines().count(), 24);
    assert!(place.bytes("run/hypernet.safetensors") == hypernet);
    let whole = tree(&place.path("run"));
    assert!(relax(&place).status.success());
    assert!(tree(&place.path("run")) == whole);
}

/// Killed at any moment, a run that is relaxed loses nothing.
#[test]
fn kills_while_constraints_are_relaxed_lose_nothing() {
    let original = place();
    exhausted(&original);
    let mut random = Seed::new(5).split("kills").random();
    let mut whole: Option<Vec<Vec<u8>>> = None;
    for patience in [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 0] {
        let place = place();
        copy(original.path("").as_path(), &place.path(""));
        for _ in 0..u32::from(patience > 0) * 3 {
            let mut child = start(&place, &["search", "looser.json", "--quiet", "--out", "run", "--resume"]);
            sleep(Duration::from_micros(random.below(10_000 * patience) as u64));
            let _ = child.kill();
            child.wait().unwrap();
        }
        let output = relax(&place);
        assert!(output.status.success(), "{output:?}");
        let names = ["events.jsonl", "ranking.jsonl", "best.arch.json", "model.safetensors", "job.json"];
        let found: Vec<_> = names.iter().map(|name| place.bytes(&format!("run/{name}"))).collect();
        assert!(*whole.get_or_insert_with(|| found.clone()) == found, "patience {patience}");
        assert!(place.bytes("run/earlier-1/model.safetensors") == original.bytes("run/model.safetensors"));
    }
}

//! The main job and what can be done with its run folder.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kit::{self, Done, Place};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn search_score_predict_train() {
    let place = Place::new();
    let summary = place.good(&["search", "small.json"]);
    for word in ["RANK", "VAL. LOSS", "chosen", "test error", "search cost", "runs/small/model.safetensors"] {
        assert!(summary.contains(word), "expected {word:?} in {summary}");
    }
    let files = kit::names(&place.path("runs/small"));
    for name in
        ["job.json", "events.jsonl", "ranking.jsonl", "best.arch.json", "model.safetensors", "metrics.json"]
    {
        assert!(files.iter().any(|file| file == name), "expected {name} among {files:?}");
    }
    let metrics: Value = serde_json::from_str(&place.read("runs/small/metrics.json")).unwrap();
    assert!(summary.contains(metrics["architecture"].as_str().unwrap()));

    // The next run does not touch the first.
    assert_eq!(place.good(&["search", "small.json", "--quiet", "--threads", "2"]), "runs/small-2\n");
    let same = |name: &str| {
        assert_eq!(place.read(&format!("runs/small/{name}")), place.read(&format!("runs/small-2/{name}")))
    };
    ["ranking.jsonl", "events.jsonl", "best.arch.json"].iter().for_each(|name| same(name));
    place.bad(&["search", "small.json", "--resume"], 2, &["runs/small", "runs/small-2", "--out"]);

    scores_again(&place);
    predicts(&place, &metrics);
    trains(&place);
}

fn scores_again(place: &Place) {
    let mut ranking = lines(&place.read("runs/small/ranking.jsonl"));
    ranking.rotate_left(3);
    ranking.reverse();
    let text: String = ranking.iter().map(|record| format!("{record}\n")).collect();
    let done = place.feed(&["score", "runs/small", "-"], &text);
    assert_eq!(done.code, 0, "{}", done.err);
    let scores = lines(&done.out);
    assert_eq!(scores.len(), ranking.len());
    for (score, record) in scores.iter().zip(&ranking) {
        for field in ["hash", "loss", "error"] {
            assert_eq!(score[field], record[field]);
        }
    }
    let mut wrong = ranking[0].clone();
    wrong["architecture"]["choices"]["blocks"][0]["bank"] = 999.into();
    let done = place.feed(&["score", "runs/small", "-"], &format!("{}\n{wrong}\n", ranking[0]));
    done.expect_error(2, &["stdin:2", "/blocks/0/bank"], "wrong architecture");
    // What came before it has been answered.
    assert_eq!(lines(&done.out), scores[..1]);
}

fn predicts(place: &Place, metrics: &Value) {
    let done = place.run(&["predict", "runs/small"]);
    let predictions = lines(&done.out);
    let wrong = predictions.iter().filter(|p| p["class"] != p["label"]).count();
    let error = wrong as f64 / predictions.len() as f64;
    assert!((error - metrics["test_error"].as_f64().unwrap()).abs() < 1e-9);
    assert!(done.err.starts_with("accuracy ") && done.err.contains(&format!("of {}", predictions.len())));
    let sum: f64 =
        predictions[0]["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5);

    place.write("digits.json", r#"{"type": "digits"}"#);
    assert_eq!(done.out, place.good(&["predict", "runs/small", "digits.json", "--part", "test"]));
    assert_eq!(done.out, place.good(&["predict", "runs/small", "small.json", "--part", "test"]));
    assert_eq!(lines(&place.good(&["predict", "runs/small", "--part", "all"])).len(), 1797);
    assert_eq!(lines(&place.good(&["predict", "runs/small", "digits.json"])).len(), 1797);

    let flat = vec![0.5; 64];
    let nested = vec![vec![vec![0.5; 8]; 8]];
    let text = format!("{flat:?}\n{nested:?}\n{{\"values\": {flat:?}, \"label\": 3}}\n");
    let done = place.feed(&["predict", "runs/small", "-"], &text);
    let predictions = lines(&done.out);
    assert_eq!(predictions[0]["probabilities"], predictions[1]["probabilities"]);
    assert_eq!((predictions.len(), &predictions[2]["label"]), (3, &3.into()));
    assert!(done.err.contains("of 1"), "{}", done.err);
    let done = place.feed(&["predict", "runs/small", "-"], "[1, 2]\n");
    done.expect_error(3, &["stdin:1", "64 numbers"], "too few values");
}

fn trains(place: &Place) {
    let args = ["train", "runs/small/best.arch.json", "small.json", "--out", "trained"];
    let summary = place.good(&args);
    assert!(summary.contains("trained/model.safetensors"), "{summary}");
    // The same recipe, seed and architecture: the same model.
    let model = |run: &str| std::fs::read(place.path(&format!("{run}/model.safetensors"))).unwrap();
    let (a, b) = (model("runs/small"), model("trained"));
    assert_eq!(a.len(), b.len());
    assert!(a == b, "search and train gave different models");
    place.bad(&args, 2, &["trained", "--resume"]);
    assert!(lines(&place.good(&["predict", "trained"])).len() > 100);
    place.bad(&["score", "trained", "runs/small/ranking.jsonl"], 2, &["HyperNet"]);
}

#[test]
fn assignments_change_the_job_in_the_folder() {
    let place = Place::new();
    place.write("job.json", r#"{"seed": 4}"#);
    let args = [
        "search",
        "job.json",
        "--out",
        "run",
        "--quiet",
        "--threads",
        "1",
        "--set",
        "strategy.epochs=0",
        "--set",
        "retrain.epochs=0",
        "--set",
        r#"strategy.search={"random": 2, "perturbation": 0, "chain": 0}"#,
    ];
    assert_eq!(place.good(&args), "run\n");
    let job: Value = serde_json::from_str(&place.read("run/job.json")).unwrap();
    assert_eq!(
        (&job["seed"], &job["strategy"]["epochs"], &job["threads"]),
        (&4.into(), &0.into(), &1.into())
    );
    assert_eq!(job["strategy"]["search"]["random"], 2);
    assert_eq!(job["strategy"]["type"], "smash");
}

/// Starts a long job, waits until it trains, interrupts it.
#[cfg(unix)]
fn interrupt(place: &Place, args: &[&str], folder: &str) -> Done {
    let mut command = place.command(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    let log = place.path(&format!("{folder}/events.jsonl"));
    while std::fs::metadata(&log).map_or(0, |m| m.len()) < 500 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run did not begin");
        sleep(Duration::from_millis(20));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    Done::from(child.wait_with_output().unwrap())
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_names_the_command_that_resumes() {
    let place = Place::new();
    place.good(&["search", "small.json", "--out", "whole", "--quiet", "--set", "strategy.epochs=4"]);
    let args = ["search", "small.json", "--out", "a b", "--quiet", "--set", "strategy.epochs=4"];
    let done = interrupt(&place, &args, "a b");
    assert_eq!((done.code, done.out.as_str()), (130, ""), "{}", done.err);
    let command = done.err.lines().last().unwrap().trim();
    assert!(command.ends_with("--out 'a b' --resume --set strategy.epochs=4 --quiet"), "{command}");

    let resumed = Command::new("sh").args(["-c", command]).current_dir(place.path("")).output().unwrap();
    let resumed = Done::from(resumed);
    assert_eq!((resumed.code, resumed.out.as_str()), (0, "a b\n"), "{}", resumed.err);
    for name in ["ranking.jsonl", "events.jsonl", "model.safetensors"] {
        let bytes = |run: &str| std::fs::read(place.path(run).join(name)).unwrap();
        assert!(bytes("whole") == bytes("a b"), "{name} of the resumed run differs");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_one_architecture_is_trained() {
    let place = Place::new();
    let arch = place.good(&["sample", "small.json"]);
    place.write("a.json", &arch);
    let args = ["train", "a.json", "small.json", "--out", "run", "--set", "retrain.epochs=4"];
    let done = interrupt(&place, &args, "run");
    assert_eq!(done.code, 130, "{}", done.err);
    place.good(&["train", "a.json", "small.json", "--out", "run", "--set", "retrain.epochs=4", "--resume"]);
    let metrics: Value = serde_json::from_str(&place.read("run/metrics.json")).unwrap();
    assert!(metrics["test_error"].is_number());
}

#[test]
fn resuming_what_does_not_exist_begins_it() {
    let place = Place::new();
    let run = place.run(&["search", "small.json", "--out", "new", "--resume", "--quiet"]);
    assert_eq!((run.code, run.out.as_str()), (0, "new\n"), "{}", run.err);
    assert!(run.err.contains("note: new does not exist"), "{}", run.err);
}

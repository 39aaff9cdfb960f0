//! Files that earlier versions wrote are read, and runs that they left are gone on with:
//! `tests/golden/formats`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::SafeTensors;
use serde_json::{Value, json};
use smash_core::session::End;
use smash_plugin::embed::{Context, Inputs, Limits, Model, Options, Search};
use smash_tests::kit::{Place, lines};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/formats/0")
}

fn text(name: &str) -> String {
    fs::read_to_string(golden().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// A place with all files of format 0: what a test does there does not touch the originals.
fn place() -> Place {
    let place = Place::new();
    copy(&golden(), &place.path("."));
    place
}

/// A trial that a host gets, as files have it: its number is `id`, and there are no values beside the loss.
fn in_files(mut trial: Value) -> Value {
    let fields = trial.as_object_mut().unwrap();
    let id = fields.remove("trial_id").unwrap();
    fields.insert("id".into(), id);
    assert_eq!(fields.remove("latency"), Some(Value::Null));
    if fields["values"].as_array().is_none_or(|values| values.len() < 2) {
        fields.remove("values");
    }
    trial
}

/// What of a file has been the same in all versions: of a model its weights, not the batch-norm statistics,
/// which are those of all training examples now; of an architecture all but the card of its model; of events
/// all but the test.
fn lasting(name: &str, bytes: &[u8]) -> Vec<u8> {
    match name {
        "model.safetensors" => {
            let tensors = SafeTensors::deserialize(bytes).unwrap();
            let mut names = tensors.names();
            names.sort_unstable();
            names.retain(|name| !name.ends_with(".mean") && !name.ends_with(".var"));
            names
                .into_iter()
                .flat_map(|name| [name.as_bytes(), tensors.tensor(name).unwrap().data()].concat())
                .collect()
        }
        "best.arch.json" => {
            let mut file: Value = serde_json::from_slice(bytes).unwrap();
            file.as_object_mut().unwrap().remove("card");
            file.to_string().into_bytes()
        }
        "events.jsonl" => {
            let text = std::str::from_utf8(bytes).unwrap();
            text.lines().filter(|line| !line.contains("\"finished\"")).collect::<String>().into_bytes()
        }
        _ => bytes.to_vec(),
    }
}

/// Every file that a run is judged by is the one of the finished run, as far as it lasts.
fn same(place: &Place, run: &str, finished: &str, files: &[&str]) {
    for file in files {
        let (found, expected) = (format!("{run}/{file}"), format!("{finished}/{file}"));
        assert!(
            lasting(file, &place.bytes(&found))
                == lasting(file, &fs::read(golden().join(&expected)).unwrap()),
            "{found}: not as in {expected}"
        );
    }
}

#[test]
fn a_finished_run_is_read() {
    let place = place();
    assert_eq!(place.good(&["predict", "run"]), text("answers/predict.jsonl"));
    assert_eq!(place.good(&["score", "run", "archs.jsonl"]), text("answers/score.jsonl"));
    assert_eq!(place.good(&["plot", "run", "--out", "again.svg"]), "again.svg\n");
    assert_eq!(place.text("again.svg"), text("run/run.svg"));
    // The job with every default written out is a job.
    place.good(&["validate", "run/job.json"]);
    // Nothing is left to do, and nothing changes.
    place.good(&["search", "jobs/smash.json", "--out", "run", "--resume", "--quiet"]);
    let files = ["job.json", "events.jsonl", "ranking.jsonl", "hypernet.safetensors", "best.arch.json"];
    same(&place, "run", "run", &[&files[..], &["model.safetensors"]].concat());
}

/// A model of that version does not know how files become examples, and classifies what it always did.
#[test]
fn a_model_without_a_card_says_what_it_lacks() {
    let place = place();
    place.write("flat.jsonl", &format!("{:?}\n", [0.5; 64]));
    // On the engine of the job, and on that of this machine: the same but for rounding.
    let [own, alone] = ["run", "run/model.safetensors"]
        .map(|model| lines(&place.good(&["predict", model, "flat.jsonl"])).remove(0));
    assert!(own["class"].is_u64() && own["class"] == alone["class"], "{own} {alone}");
    place.write("digits.json", r#"{"type": "digits"}"#);
    let test = place.good(&["predict", "run/model.safetensors", "digits.json"]);
    assert_eq!(lines(&test).len(), 1797);
    for data in ["x.png", "x.npz", "run"] {
        place.write("x.png", "");
        place.write("x.npz", "");
        let output = place.command(&["predict", "run/model.safetensors", data]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(2) && error.contains("written by an earlier version"),
            "{error}"
        );
        assert!(error.contains("smash train"), "{error}");
    }
}

#[test]
fn an_architecture_file_is_built() {
    let place = place();
    let metrics: Value = serde_json::from_str(&text("run/metrics.json")).unwrap();
    let described = place.good(&["describe", "run/best.arch.json", "--json"]);
    let described: Value = serde_json::from_str(&described).unwrap();
    for number in ["params", "macs"] {
        assert_eq!(described[number], metrics[number], "{number}");
    }
    assert_eq!(described["hash"], metrics["architecture"]);
    place.good(&["train", "run/best.arch.json", "jobs/smash.json", "--out", "trained", "--quiet"]);
    // Trained as at the end of the search: the same weights.
    same(&place, "trained", "run", &["best.arch.json", "model.safetensors"]);
}

#[test]
fn a_run_that_was_interrupted_in_any_phase_ends_as_one_that_was_not() {
    let place = place();
    place.good(&["search", "jobs/smash.json", "--out", "today", "--quiet"]);
    let runs = [
        ("killed", "smash", "run"),
        ("training", "smash", "run"),
        ("searching", "smash", "run"),
        ("retraining", "smash", "run"),
        ("evolution", "smash_evolution", "evolution"),
    ];
    for (phase, job, finished) in runs {
        let (folder, job) = (format!("interrupted/{phase}"), format!("jobs/{job}.json"));
        place.good(&["search", &job, "--out", &folder, "--resume", "--quiet"]);
        same(&place, &folder, finished, &["ranking.jsonl", "model.safetensors"]);
        if finished == "run" {
            // In every byte it ends as a run of today.
            for file in ["events.jsonl", "best.arch.json", "model.safetensors"] {
                assert!(place.bytes(&format!("{folder}/{file}")) == place.bytes(&format!("today/{file}")));
            }
            same(
                &place,
                &folder,
                finished,
                &["job.json", "events.jsonl", "hypernet.safetensors", "best.arch.json"],
            );
        }
    }
}

#[test]
fn a_study_that_was_interrupted_ends_as_one_that_was_not() {
    let place = place();
    copy(&golden().join("study/found-seed0"), &place.path("resumed/found-seed0"));
    copy(&golden().join("interrupted/wrn-seed0"), &place.path("resumed/wrn-seed0"));
    let study =
        ["study", "baselines", "jobs/smash.json", "--found", "run", "--families", "wrn", "--seeds", "0"];
    let result = |folder: &str| {
        place.good(&[&study[..], &["--out", folder, "--quiet"]].concat());
        let mut result: Value =
            serde_json::from_str(&place.text(&format!("{folder}/baselines.json"))).unwrap();
        for network in result["networks"].as_array_mut().unwrap() {
            let runs = network["runs"].as_array_mut().unwrap();
            // What was trained before has the statistics, and so the errors, of its day.
            let dated = ["seconds", "test_error", "test_loss"];
            for run in runs.iter_mut().map(|run| run.as_object_mut().unwrap()) {
                dated.iter().for_each(|name| drop(run.remove(*name)));
            }
            network.as_object_mut().unwrap().retain(|name, _| !name.ends_with("_error"));
        }
        result
    };
    let before = text("study/baselines.json");
    let finished = result("study");
    // Its runs are finished: it only puts together what is there.
    assert_eq!(place.text("study/baselines.json"), before);
    assert_eq!(result("resumed"), finished);
    same(&place, "resumed/wrn-seed0", "study/wrn-seed0", &["events.jsonl", "model.safetensors"]);
}

fn context() -> Arc<Context> {
    Context::new(Options { max_threads: 1, ..Options::default() }).unwrap()
}

fn load(name: &str) -> Search {
    let bytes = fs::read(golden().join(format!("session/{name}.safetensors"))).unwrap();
    Search::load(context(), &bytes, None).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_saved_session_goes_on_in_any_phase() {
    let model = lasting("model.safetensors", &fs::read(golden().join("run/model.safetensors")).unwrap());
    for phase in ["training", "searching", "retraining"] {
        let mut search = load(&format!("smash-{phase}"));
        assert_eq!(search.run(Limits::default(), &mut |_| true).unwrap(), End::Done, "{phase}");
        let ranking: Vec<Value> = serde_json::from_str(&search.best(0)).unwrap();
        let ranking: Vec<Value> = ranking.into_iter().map(in_files).collect();
        assert!(ranking == lines(&text("run/ranking.jsonl")), "{phase}: another ranking");
        let found = lasting("model.safetensors", &search.model().unwrap().save().unwrap());
        assert!(found == model, "{phase}: another model");
    }
}

#[test]
fn a_saved_session_remembers_the_trials_of_a_host() {
    for strategy in ["random", "evolution"] {
        let mut search = load(&format!("{strategy}-asked"));
        let tell = |search: &mut Search, id: u64| {
            let values = json!([(id * 7 % 11) as f64, 1.0]);
            let told = json!({"trial_id": id, "values": values});
            let told = if id % 5 == 4 { json!({"trial_id": id, "status": "failed"}) } else { told };
            search.tell(&json!([told]).to_string()).unwrap();
        };
        [6, 7].into_iter().for_each(|open| tell(&mut search, open));
        loop {
            let asked: Vec<Value> = serde_json::from_str(&search.ask(2).unwrap()).unwrap();
            if asked.is_empty() {
                break;
            }
            asked.iter().for_each(|trial| tell(&mut search, trial["trial_id"].as_u64().unwrap()));
        }
        assert_eq!(search.run(Limits::default(), &mut |_| true).unwrap(), End::Done, "{strategy}");
        let expected: Vec<Value> =
            serde_json::from_str(&text(&format!("session/{strategy}-ranking.json"))).unwrap();
        let ranking: Vec<Value> = serde_json::from_str(&search.best(0)).unwrap();
        let ranking: Vec<Value> = ranking.into_iter().map(in_files).collect();
        assert!(ranking == expected, "{strategy}: another ranking");
    }
}

#[test]
fn a_model_is_loaded() {
    let bytes = fs::read(golden().join("run/model.safetensors")).unwrap();
    let model = Model::load(&context(), &bytes).unwrap();
    let out = model.predict(&[1, 1, 8, 8], &Inputs::Floats(vec![0.5; 64])).unwrap();
    assert_eq!(out.shape(), [1, 10]);
    assert!(model.save().unwrap() == bytes);
}

//! Integrity: a flipped bit, a cut file or an absurd number is noticed, and nothing is lost over it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use smash_core::random::{Random, Seed};
use smash_plugin::embed::{Context, Model, Options};
use smash_tests::kit::Place;

use super::kit::{FINISHED, copy, interrupt, place, refused, run, search, tree, weights};

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/formats").join(name)
}

/// A finished run, or one that was interrupted, and what comes out of it when it is left alone.
pub(super) struct Original {
    place: Place,
    files: Vec<(&'static str, Vec<u8>)>,
    answers: [String; 2],
}

/// The files that a result consists of; the times in the metrics are another each time.
const RESULT: [&str; 5] =
    ["events.jsonl", "ranking.jsonl", "hypernet.safetensors", "best.arch.json", "model.safetensors"];

impl Original {
    pub(super) fn new(lines: Option<usize>) -> Self {
        let place = place();
        let whole = super::kit::place();
        assert!(search(&whole, &[]).status.success());
        match lines {
            Some(lines) => interrupt(&place, lines, &[]),
            None => copy(&whole.path("run"), &place.path("run")),
        }
        let lines = whole.text("run/ranking.jsonl");
        place.write("archs.jsonl", &lines.lines().take(2).collect::<Vec<_>>().join("\n"));
        fs::copy(place.path("archs.jsonl"), whole.path("archs.jsonl")).unwrap();
        let files = RESULT.iter().map(|name| (*name, whole.bytes(&format!("run/{name}")))).collect();
        let answers = [whole.good(&["predict", "run"]), whole.good(&["score", "run", "archs.jsonl"])];
        Self { place, files, answers }
    }

    /// Flips one bit of a file, and expects that whatever still works gives the result that it gave before.
    /// Returns whether it was noticed.
    pub(super) fn flip(&self, name: &Path, random: &mut Random) -> bool {
        let place = Place::new();
        copy(&self.place.path("."), &place.path("."));
        let path = place.path("run").join(name);
        let mut bytes = fs::read(&path).unwrap();
        let bit = random.below(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, bytes).unwrap();
        let what = format!("{}, bit {bit}", name.display());
        let mut noticed = false;
        for (command, answer) in
            [&["predict", "run"][..], &["score", "run", "archs.jsonl"]].iter().zip(&self.answers)
        {
            let output = run(&place, command);
            match output.status.code() {
                Some(0) => {
                    assert!(output.stdout == answer.as_bytes(), "{what}: another answer of {command:?}")
                }
                Some(2 | 3) => noticed = true,
                _ => panic!("{what}: {command:?}: {output:?}"),
            }
        }
        let output = search(&place, &["--resume"]);
        match output.status.code() {
            Some(0) => {
                for (name, bytes) in &self.files {
                    assert!(place.bytes(&format!("run/{name}")) == *bytes, "{what}: another {name}");
                }
                let metrics = |place: &Place| -> Value {
                    let mut metrics: Value = serde_json::from_str(&place.text("run/metrics.json")).unwrap();
                    metrics["seconds"].take();
                    metrics
                };
                if self.place.path("run/metrics.json").exists() {
                    assert_eq!(metrics(&place), metrics(&self.place), "{what}: other metrics");
                }
            }
            Some(2 | 3) => noticed = true,
            _ => panic!("{what}: {output:?}"),
        }
        noticed
    }

    /// All files of the run that have bits.
    pub(super) fn names(&self) -> Vec<std::path::PathBuf> {
        let files = tree(&self.place.path("run")).into_iter();
        files
            .filter(|(name, bytes)| !bytes.is_empty() && name.extension().is_some())
            .map(|(name, _)| name)
            .collect()
    }
}

#[test]
fn flipped_bits_give_no_other_result() {
    for (number, lines) in [None, Some(40)].into_iter().enumerate() {
        let original = Original::new(lines);
        let mut random = Seed::new(number as u64).split("bits").random();
        for name in original.names() {
            for _ in 0..3 {
                original.flip(&name, &mut random);
            }
        }
    }
}

#[test]
fn weights_stay_when_the_state_is_damaged() {
    let place = place();
    interrupt(&place, 40, &[]);
    let (state, weights) = (place.path("run/checkpoint/state.json"), weights(&place.path("run")));
    let (text, kept) = (fs::read_to_string(&state).unwrap(), fs::read(&weights).unwrap());
    let damages = [
        text[..text.len() / 2].to_owned(),
        String::new(),
        text.replace("\"weights\": ", "\"weights\": 1"),
        text.replacen("\"phase\": \"searching\"", "\"phase\": \"training\"", 1),
        text.replacen("\"sha256\"", "\"sha257\"", 1),
        text.replacen("\"format\": 2", "\"format\": 1", 1).replacen("\"sha256\"", "\"sha257\"", 1),
    ];
    for (number, damaged) in damages.iter().enumerate() {
        assert_ne!(*damaged, text, "{number}");
        fs::write(&state, damaged).unwrap();
        let before = tree(&place.path("run"));
        let output = search(&place, &["--resume"]);
        if number < 5 {
            let error = refused(&output, &[3]);
            assert!(error.contains("state.json"), "{number}: {error}");
            assert_eq!(tree(&place.path("run")), before, "{number}");
        }
        assert!(weights.exists() || output.status.success(), "{number}: the weights are gone");
        if number < 5 {
            assert!(fs::read(&weights).unwrap() == kept, "{number}");
        }
    }
}

#[test]
fn a_run_that_lost_its_state_is_not_begun_anew() {
    for lines in [Some(10), Some(40), Some(75), None] {
        for all in [false, true] {
            // Without its folder, an interrupted training cannot be told from one that was killed at once.
            if all && lines == Some(10) {
                continue;
            }
            let original = Original::new(lines);
            let place = &original.place;
            fs::remove_file(place.path("run/checkpoint/state.json")).unwrap();
            if all {
                fs::remove_dir_all(place.path("run/checkpoint")).unwrap();
            }
            let before = tree(&place.path("run"));
            let error = refused(&search(place, &["--resume"]), &[3]);
            assert!(error.contains("state.json: is missing"), "{error}");
            assert_eq!(tree(&place.path("run")), before);
        }
    }
}

/// The state of a run of the first format, which has no checksum, changed.
fn changed(change: impl Fn(&mut Value)) -> Place {
    let place = Place::new();
    copy(&golden("0/jobs"), &place.path("."));
    fs::rename(place.path("smash.json"), place.path("job.json")).unwrap();
    copy(&golden("1/interrupted/searching"), &place.path("run"));
    let state = place.path("run/checkpoint/state.json");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&state).unwrap()).unwrap();
    change(&mut document);
    fs::write(&state, document.to_string()).unwrap();
    place
}

#[test]
fn numbers_that_no_run_has_are_refused() {
    let at = |pointer: &'static str, value: Value| {
        move |document: &mut Value| *document.pointer_mut(pointer).unwrap() = value.clone()
    };
    let state =
        |field: &str| -> &'static str { Box::leak(format!("/session/state/{field}").into_boxed_str()) };
    let cases = [
        (at("/events", json!(0)), "an event log with what was done"),
        (at("/events", json!(1_000_000_000)), "is shorter than"),
        (at("/events", json!(17)), "expected a line that ends at byte 17"),
        (at(state("step"), json!(u64::MAX)), "step: expected at most"),
        (at(state("leader"), json!(99)), "the index of one of"),
        (at(state("uncounted"), json!([99])), "the index of one of"),
        (at(state("next_id"), json!(0)), "expected candidates before 0"),
        (at(state("phase"), json!("retraining")), "a chosen architecture"),
        (at(state("weights"), json!(u64::MAX)), "one version of the weights"),
        (at("/session/weights", json!(3)), "one version of the weights"),
    ];
    for (change, fragment) in cases {
        let place = changed(change);
        let before = tree(&place.path("run"));
        let error = refused(&search(&place, &["--resume"]), &[3]);
        assert!(error.contains(fragment), "{fragment}: {error}");
        assert_eq!(tree(&place.path("run")), before, "{fragment}");
    }
    let retraining = changed(|document| {
        document["session"]["state"]["phase"] = "training".into();
        document["session"]["state"]["step"] = 5000.into();
    });
    let error = refused(&search(&retraining, &["--resume"]), &[3]);
    assert!(error.contains("expected at most 28 steps of training, found 5000"), "{error}");
}

#[test]
fn a_changed_event_log_is_noticed() {
    for lines in [None, Some(40)] {
        let original = Original::new(lines);
        let events = original.place.text("run/events.jsonl");
        let line = events.lines().nth(5).unwrap();
        let changes = [
            events.replacen(&format!("{line}\n"), "", 1),
            events.replacen(line, &line.replace("0.", "1."), 1),
            events[..events.len() / 2].to_owned(),
            String::new(),
        ];
        for changed in changes {
            let place = Place::new();
            copy(&original.place.path("."), &place.path("."));
            place.write("run/events.jsonl", &changed);
            let before = tree(&place.path("run"));
            for command in [&["search", "job.json", "--out", "run", "--resume"][..], &["plot", "run"]] {
                let error = refused(&run(&place, command), &[3]);
                assert!(error.contains("events.jsonl"), "{error}");
            }
            assert_eq!(tree(&place.path("run")), before);
        }
        // What was written after the checkpoint, when the process was killed, is made again.
        original.place.write("run/events.jsonl", &format!("{events}{{\"event\":"));
        assert!(search(&original.place, &["--resume"]).status.success());
        assert!(original.place.bytes("run/events.jsonl") == original.files[0].1);
    }
}

/// Writes a number into the last tensor of a safetensors file.
fn poison(path: &Path, value: f32) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() - 4;
    bytes[at..].copy_from_slice(&value.to_le_bytes());
    fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn a_model_whose_weights_are_not_finite_is_refused() {
    let context = Context::new(Options::default()).unwrap();
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        // A run of the first format has no checksums that would notice.
        let place = Place::new();
        copy(&golden("0/run"), &place.path("run"));
        fs::copy(golden("0/archs.jsonl"), place.path("archs.jsonl")).unwrap();
        let bytes = poison(&place.path("run/model.safetensors"), value);
        poison(&place.path("run/hypernet.safetensors"), value);
        for command in [&["predict", "run"][..], &["score", "run", "archs.jsonl"]] {
            let error = refused(&run(&place, command), &[3]);
            assert!(error.contains("expected finite weights"), "{error}");
        }
        let error = Model::load(&context, &bytes).err().unwrap();
        assert!(error.to_string().contains("expected finite weights"), "{error}");
    }
}

#[test]
fn absurd_architectures_are_one_short_error() {
    let place = Place::new();
    let mut file: Value = serde_json::from_slice(&fs::read(golden("0/run/best.arch.json")).unwrap()).unwrap();
    let huge = 1_u64 << 63;
    let tasks = [
        json!({"channels": huge, "extents": [2, 1], "classes": 10}),
        json!({"channels": 1, "extents": [huge, 2], "classes": 10}),
        json!({"channels": 1, "extents": [1_u64 << 32, 1_u64 << 32], "classes": 10}),
        json!({"channels": 1, "extents": [u64::MAX, u64::MAX], "classes": 10}),
        json!({"channels": 1, "extents": [8, 8], "classes": huge}),
        json!({"channels": 1, "extents": vec![u64::MAX; 5000], "classes": 10}),
        json!({"channels": 1_u64 << 21, "extents": [1_u64 << 10, 1_u64 << 10], "classes": 10}),
    ];
    for task in tasks {
        file["task"] = task.clone();
        place.write("arch.json", &file.to_string());
        for command in [&["describe", "arch.json"][..], &["convert", "arch.json", "--preset", "tiny"]] {
            let output = run(&place, command);
            let error = refused(&output, &[1, 2]);
            assert!(
                error.len() < 600 && error.lines().count() < 4 && !error.contains("panic"),
                "{task}: {error}"
            );
        }
    }
    // What an example may hold, but not what its network would.
    file["task"] =
        json!({"channels": 1_u64 << 20, "extents": [1_u64 << 10, 1_u64 << 10], "classes": 1_u64 << 40});
    place.write("arch.json", &file.to_string());
    let error = refused(&run(&place, &["describe", "arch.json"]), &[1, 2]);
    assert!(error.contains("too large") && error.len() < 600, "{error}");
    fs::copy(golden("0/run/best.arch.json"), place.path("arch.json")).unwrap();
    let large = u64::MAX.to_string();
    for more in [["--channels", &large], ["--classes", &large], ["--extents", &format!("{large},{large}")]] {
        let error = refused(&run(&place, &[&["convert", "arch.json"][..], &more].concat()), &[1, 2]);
        assert!(error.len() < 600 && !error.contains("panic"), "{error}");
    }
}

#[test]
fn runs_of_the_first_format_are_read_and_gone_on_with() {
    let place = Place::new();
    copy(&golden("0/jobs"), &place.path("."));
    copy(&golden("1"), &place.path("."));
    // A finished run stays as it is; what is missing is written again.
    let before = tree(&place.path("run"));
    place.good(&["search", "smash.json", "--out", "run", "--resume", "--quiet"]);
    assert_eq!(tree(&place.path("run")), before);
    for name in ["ranking.jsonl", "best.arch.json", "model.safetensors"] {
        fs::remove_file(place.path(&format!("run/{name}"))).unwrap();
    }
    place.good(&["search", "smash.json", "--out", "run", "--resume", "--quiet"]);
    assert_eq!(tree(&place.path("run")), before);
    // One that was interrupted ends as a run of today: with the scores of then, and calibrated statistics.
    place.good(&["search", "smash.json", "--out", "today", "--quiet"]);
    for name in ["job.json", "ranking.jsonl", "hypernet.safetensors"] {
        assert!(place.bytes(&format!("today/{name}")) == before[Path::new(name)], "{name}");
    }
    for phase in ["training", "searching", "retraining"] {
        let out = format!("interrupted/{phase}");
        place.good(&["search", "smash.json", "--out", &out, "--resume", "--quiet"]);
        for name in FINISHED.iter().filter(|name| !["metrics.json", "run.svg"].contains(name)) {
            let [found, expected] = [&*out, "today"].map(|run| place.bytes(&format!("{run}/{name}")));
            assert!(found == expected, "{phase}: {name}");
        }
    }
}

//! Identity of inputs: a run goes on with the data that it was begun with, or not at all.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use smash_core::dataset::Dataset;
use smash_core::session::End;
use smash_core::testing::Blobs;
use smash_plugin::embed::{Context, Limits, Options, Search, SharedDataset};
use smash_tests::kit::Place;

use super::kit::{FINISHED, copy, interrupt, job, refused, run, search, tree};

/// Writes grey images in the idx format: `shift` moves the labels, `bright` the values.
fn images(place: &Place, (train, side): (usize, usize), shift: usize, bright: u8) {
    fs::create_dir_all(place.path("data")).unwrap();
    for (name, count) in [("train", train), ("t10k", 30)] {
        let numbers = |numbers: &[usize]| -> Vec<u8> {
            numbers.iter().flat_map(|&number| (number as u32).to_be_bytes()).collect()
        };
        let mut x = [vec![0, 0, 8, 3], numbers(&[count, side, side])].concat();
        let pixel = |i: usize, at: usize| (i % 3 * 60 + at * 7 % 40) as u8 + bright;
        x.extend((0..count).flat_map(|i| (0..side * side).map(move |at| pixel(i, at))));
        let mut y = [vec![0, 0, 8, 1], numbers(&[count])].concat();
        y.extend((0..count).map(|i| ((i + shift) % 3) as u8));
        fs::write(place.path(&format!("data/{name}-images-idx3-ubyte")), x).unwrap();
        fs::write(place.path(&format!("data/{name}-labels-idx1-ubyte")), y).unwrap();
    }
}

fn place() -> Place {
    let place = Place::new();
    let mut job: Value = serde_json::from_str(&job()).unwrap();
    job["dataset"] = json!({"type": "idx", "path": "data", "classes": 3});
    job["strategy"]["batch"] = 20.into();
    job["strategy"]["scoring"] = json!({"examples": 12, "calibration": 20});
    job["retrain"] = json!({"epochs": 3, "batch": 20});
    place.write("job.json", &job.to_string());
    images(&place, (120, 8), 0, 0);
    place
}

#[test]
fn resuming_on_other_data_is_refused_and_changes_nothing() {
    type Change = fn(&Place);
    let others: [(&str, Change); 4] = [
        ("the labels", |place| images(place, (120, 8), 1, 0)),
        ("the values of the examples", |place| images(place, (120, 8), 0, 1)),
        ("examples: 150 then, 120 now", |place| images(place, (90, 8), 0, 0)),
        ("shape of an example: [1, 8, 8] then, [1, 10, 10] now", |place| images(place, (120, 10), 0, 0)),
    ];
    // In the training, the search and the retraining.
    for lines in [3, 20, 42] {
        let original = place();
        interrupt(&original, lines, &[]);
        for (what, change) in &others {
            let place = place();
            fs::create_dir(place.path("run")).unwrap();
            copy(&original.path("run"), &place.path("run"));
            let before = tree(&place.path("run"));
            change(&place);
            let error = refused(&search(&place, &["--resume"]), &[2, 3]);
            assert!(error.contains(what), "line {lines}: {error}");
            assert_eq!(tree(&place.path("run")), before, "line {lines}: {what}");
        }
        assert!(search(&original, &["--resume"]).status.success());
    }
}

#[test]
fn a_finished_run_stays_as_it_is() {
    let place = place();
    assert!(search(&place, &[]).status.success());
    let (before, answers) = (tree(&place.path("run")), place.good(&["predict", "run"]));
    images(&place, (120, 8), 1, 40);
    assert!(search(&place, &["--resume", "--threads", "2"]).status.success());
    assert_eq!(tree(&place.path("run")), before);
    images(&place, (120, 8), 0, 0);
    assert_eq!(place.good(&["predict", "run"]), answers);
}

#[test]
fn a_file_that_follows_from_the_state_is_written_again() {
    let place = place();
    assert!(search(&place, &[]).status.success());
    let before = tree(&place.path("run"));
    // Whatever the data are by then.
    images(&place, (120, 8), 1, 40);
    for name in FINISHED {
        let path = place.path(&format!("run/{name}"));
        let follows = !["job.json", "events.jsonl", "hypernet.safetensors"].contains(&name);
        for cut in [true, false] {
            let bytes = fs::read(&path).unwrap();
            if cut {
                fs::remove_file(&path).unwrap()
            } else {
                fs::write(&path, &bytes[..bytes.len() / 2]).unwrap()
            }
            let output = search(&place, &["--resume"]);
            if follows {
                assert!(output.status.success(), "{name}: {output:?}");
                assert_eq!(tree(&place.path("run")), before, "{name}");
                continue;
            }
            // What does not follow is named, but for the HyperNet, which nothing but scoring needs.
            if name == "hypernet.safetensors" && cut {
                assert!(output.status.success(), "{name}: {output:?}");
            } else if name == "job.json" && cut {
                refused(&output, &[2]);
            } else {
                let error = refused(&output, &[3]);
                assert!(error.contains(name), "{error}");
            }
            fs::write(&path, bytes).unwrap();
        }
    }
    assert_eq!(tree(&place.path("run")), before);
}

#[test]
fn an_interrupted_run_lacks_nothing_that_follows_from_its_state() {
    let original = place();
    interrupt(&original, 42, &[]);
    let whole = place();
    assert!(search(&whole, &[]).status.success());
    for name in ["ranking.jsonl", "best.arch.json"] {
        let place = place();
        copy(&original.path("run"), &place.path("run"));
        fs::remove_file(place.path(&format!("run/{name}"))).unwrap();
        assert!(search(&place, &["--resume"]).status.success());
        for name in ["ranking.jsonl", "best.arch.json", "model.safetensors", "events.jsonl"] {
            let name = format!("run/{name}");
            assert!(place.bytes(&name) == whole.bytes(&name), "{name}");
        }
    }
    let error = refused(&run(&original, &["predict", "run"]), &[2]);
    assert!(error.contains("no retrained model yet"), "{error}");
}

fn host(seed: u64, shift: usize) -> SharedDataset {
    struct Shifted(Blobs, usize);
    impl Dataset for Shifted {
        fn task(&self) -> &smash_core::task::Task {
            self.0.task()
        }
        fn len(&self) -> usize {
            self.0.len()
        }
        fn label(&self, index: usize) -> usize {
            (self.0.label(index) + self.1) % 4
        }
        fn read(&self, index: usize, out: &mut [f32]) -> smash_core::Result<()> {
            self.0.read(index, out)
        }
        fn splits(&self, seed: smash_core::random::Seed) -> smash_core::Result<smash_core::dataset::Splits> {
            self.0.splits(seed)
        }
    }
    Arc::new(Shifted(Blobs::new(4, &[8, 8], 200, seed), shift))
}

#[test]
fn a_saved_search_of_a_host_goes_on_with_its_data_only() {
    let context = || Context::new(Options { max_threads: 1, ..Options::default() }).unwrap();
    let mut job: Value = serde_json::from_str(&job()).unwrap();
    job.as_object_mut().unwrap().remove("dataset");
    job.as_object_mut().unwrap().remove("constraints");
    let mut search = Search::new(context(), &job.to_string(), Some(&host(1, 0))).unwrap();
    let limits = Limits { steps: Some(2), ..Limits::default() };
    assert_eq!(search.run(limits, &mut |_| true).unwrap(), End::Paused);
    let bytes = search.save().unwrap();
    for (other, what) in [(host(2, 0), "the values"), (host(1, 1), "the labels")] {
        let error = Search::load(context(), &bytes, Some(&other)).err().unwrap();
        assert!(error.to_string().contains(what) && error.exit_code() == 3, "{error}");
    }
    let again = Search::load(context(), &bytes, Some(&host(1, 0))).unwrap();
    assert_eq!(again.save().unwrap(), bytes);
    // A flipped bit anywhere in what was saved.
    for at in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Ok(search) = Search::load(context(), &bytes, Some(&host(1, 0))) {
            panic!("byte {at} of {}: {}", bytes.len(), search.save().is_ok());
        }
    }
}

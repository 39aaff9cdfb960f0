//! The ways to run the program that are attacked, each with the calls of an undisturbed run.

use std::fs;
use std::path::Path;

use smash_tests::kit::Place;

use super::super::kit::copy;
use super::trace::{Call, Traced, interruption, traced};

/// A job of a tenth of a second.
const JOB: &str = r#"{
    "seed": 3,
    "space": {
        "type": "memory_bank", "preset": "tiny",
        "unit": 2, "width": 1, "max_width": 4, "depth": 2, "max_kernel": 5
    },
    "dataset": {"type": "digits"},
    "strategy": {
        "type": "smash", "epochs": 1, "batch": 200,
        "hypernet": {"first": 2, "growth": 2, "stages": [2]},
        "scoring": {"examples": 100, "calibration": 50},
        "search": {"random": 3, "perturbation": 1, "chain": 1}
    },
    "backend": {"type": "native", "kernels": "portable"},
    "retrain": {"epochs": 1, "batch": 200},
    "threads": 1
}"#;
pub(super) const SEARCH: [&str; 5] = ["search", "job.json", "--quiet", "--out", "run"];
pub(super) const RESUME: [&str; 6] = ["search", "job.json", "--quiet", "--out", "run", "--resume"];

/// The scene of a finished run.
pub(super) const MENDED: &str = "what it lacks is written again";

/// A way to run the program: where it begins, and what is told to it.
pub(super) struct Scene {
    pub(super) name: &'static str,
    /// The files that are there.
    pub(super) place: Place,
    pub(super) args: &'static [&'static str],
    /// Options of the tracer beside the fault.
    pub(super) more: Vec<String>,
    /// The calls of an undisturbed run.
    pub(super) calls: Vec<Call>,
}

impl Scene {
    fn new(name: &'static str, run: Option<&Path>, args: &'static [&'static str], more: &[String]) -> Self {
        let place = begun(run);
        let again = begun(run);
        let Traced { output, calls } = traced(&again, args, more);
        let code = if more.is_empty() { 0 } else { 130 };
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
        Self { name, place, args, more: more.to_vec(), calls }
    }
}

/// A folder with the job, what a user has beside it, and a run.
pub(super) fn begun(run: Option<&Path>) -> Place {
    let place = Place::new();
    place.write("job.json", JOB);
    fs::create_dir(place.path("run.tmp")).unwrap();
    place.write("run.tmp/notes.txt", "precious");
    if let Some(run) = run {
        copy(run, &place.path("run"));
    }
    place
}

/// A process that is killed while it writes to its log leaves half a line.
fn killed(place: &Place) {
    let log = place.path("run/events.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    fs::write(log, format!("{text}{{\"event\":")).unwrap();
}

/// A whole run, interrupted ones, and ones that are gone on with.
pub(super) fn scenes(whole: &Place) -> Vec<Scene> {
    let first = Scene::new("a search", None, &SEARCH, &[]);
    let mut scenes = Vec::new();
    let names = [
        ("training", "its training is interrupted", "its training is resumed"),
        ("searching", "its search is interrupted", "its search is resumed"),
        ("retraining", "its retraining is interrupted", "its retraining is resumed"),
    ];
    for (phase, interrupted, resumed) in names {
        // The second time that the log grows in the phase.
        let writes =
            first.calls.iter().filter(|call| call.phase == phase && call.path.ends_with("events.jsonl"));
        let ticks = writes.filter(|call| call.name == "write").nth(1).unwrap().ticks;
        let signal = [interruption(ticks)];
        let mut scene = Scene::new(interrupted, None, &SEARCH, &signal);
        scene.calls.retain(|call| call.interrupted);
        assert!(scene.calls.iter().all(|call| call.phase == phase), "{:?}", scene.calls);
        let run = begun(None);
        traced(&run, &SEARCH, &signal);
        killed(&run);
        let mut resumed = Scene::new(resumed, Some(&run.path("run")), &RESUME, &[]);
        resumed.calls.retain(|call| call.phase == "begin" || call.phase == phase);
        scenes.extend([scene, resumed]);
    }
    let run = begun(Some(&whole.path("run")));
    for name in ["ranking.jsonl", "model.safetensors", "metrics.json", "run.svg"] {
        fs::remove_file(run.path(&format!("run/{name}"))).unwrap();
    }
    killed(&run);
    scenes.push(Scene::new(MENDED, Some(&run.path("run")), &RESUME, &[]));
    scenes.insert(0, first);
    scenes
}

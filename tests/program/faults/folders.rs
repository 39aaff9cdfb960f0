//! Folders and files that are not ours.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use smash_tests::kit::Place;
use smash_tests::plugins::root;

use super::kit::{
    FINISHED, copy, ended, interrupt, place, refused, run, search, signal, start, tree, wait_for, weights,
};

/// Starts that many searches at once, and expects each in a folder of its own, with its own job.
pub(super) fn at_once(command: &[&str], stem: &str, starts: usize) {
    let place = place();
    let children: Vec<_> = (0..starts)
        .map(|seed| {
            let seed = format!("seed={seed}");
            let sets = ["--set", &seed, "--set", "retrain.epochs=0", "--quiet"];
            start(&place, &[command, &sets].concat())
        })
        .collect();
    let mut folders = Vec::new();
    for (seed, child) in children.into_iter().enumerate() {
        let output = ended(child, 120);
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(output.status.success(), "seed {seed}: {output:?}");
        let job: Value = serde_json::from_str(&place.text(&format!("{said}/job.json"))).unwrap();
        assert_eq!(job["seed"], seed, "{said} has the job of another");
        let metrics: Value = serde_json::from_str(&place.text(&format!("{said}/metrics.json"))).unwrap();
        assert_eq!(metrics["seed"], seed, "{said} has the result of another");
        folders.push(said);
    }
    folders.sort();
    folders.dedup();
    assert_eq!(folders.len(), starts, "{folders:?}");
    assert_eq!(fs::read_dir(place.path("runs")).unwrap().count(), starts);
    assert!(folders.contains(&format!("runs/{stem}")));
}

#[test]
fn searches_started_at_once_have_a_folder_each() {
    at_once(&["search", "job.json"], "job", 8);
}

#[test]
fn baselines_started_at_once_have_a_folder_each() {
    at_once(&["baseline", "job.json", "--family", "resnet", "--params", "20000"], "job-resnet", 4);
}

#[test]
fn of_searches_started_at_once_in_one_folder_one_runs() {
    let place = place();
    let children: Vec<_> = (0..4)
        .map(|seed| {
            let seed = format!("seed={seed}");
            start(&place, &["search", "job.json", "--out", "run", "--set", &seed, "--quiet"])
        })
        .collect();
    let outputs: Vec<_> = children.into_iter().map(|child| ended(child, 120)).collect();
    let good: Vec<usize> = (0..4).filter(|&i| outputs[i].status.success()).collect();
    assert_eq!(good.len(), 1, "{outputs:?}");
    let job: Value = serde_json::from_str(&place.text("run/job.json")).unwrap();
    assert_eq!(job["seed"], good[0]);
    for (i, output) in outputs.iter().enumerate().filter(|(i, _)| *i != good[0]) {
        let error = refused(output, &[2]);
        assert!(error.contains("exists already"), "{i}: {error}");
    }
}

#[test]
fn a_folder_whose_process_died_at_its_start_is_begun() {
    for lock in [false, true] {
        let place = place();
        fs::create_dir(place.path("run")).unwrap();
        if lock {
            place.write("run/lock", "");
            place.write("run/.smash-tmp-0123456789abcdef", "{");
        }
        let error = refused(&search(&place, &[]), &[2]);
        assert!(error.contains("just starting or died"), "{error}");
        assert!(search(&place, &["--resume"]).status.success());
        assert!(!place.path("run/.smash-tmp-0123456789abcdef").exists());
    }
    // A folder with anything else in it is none of ours.
    let place = place();
    fs::create_dir(place.path("run")).unwrap();
    place.write("run/notes.txt", "precious");
    let before = tree(&place.path("run"));
    refused(&search(&place, &["--resume"]), &[2]);
    assert_eq!(tree(&place.path("run")), before);
}

#[test]
fn what_a_user_has_beside_and_in_a_run_stays() {
    let place = place();
    for folder in ["run.tmp", "other.tmp/job.json", "runs/job.tmp"] {
        fs::create_dir_all(place.path(folder)).unwrap();
    }
    let users = ["run.tmp/notes.txt", "other.tmp/notes.txt", "runs/job.tmp/notes.txt", "third.tmp"];
    users.iter().for_each(|name| place.write(name, "precious"));
    for out in ["run", "other", "third"] {
        place.good(&["search", "job.json", "--out", out, "--quiet"]);
    }
    assert_eq!(place.good(&["search", "job.json", "--quiet"]), "runs/job\n");
    users.iter().for_each(|name| assert_eq!(place.text(name), "precious", "{name}"));

    // In the folder of a run too, whatever it is called.
    fs::remove_dir_all(place.path("run")).unwrap();
    interrupt(&place, 10, &[]);
    let names =
        ["job.json.tmp", "ranking.jsonl.tmp", "run.svg.tmp", "notes.txt", "checkpoint/state.json.tmp"];
    let more = [
        "checkpoint/notes.txt",
        "checkpoint/weights-mine.safetensors",
        "checkpoint/weights-9.safetensors.tmp",
    ];
    let users: Vec<String> = names.iter().chain(&more).map(|name| format!("run/{name}")).collect();
    users.iter().for_each(|name| place.write(name, "precious"));
    assert!(search(&place, &["--resume"]).status.success());
    users.iter().for_each(|name| assert_eq!(place.text(name), "precious", "{name}"));
}

/// The names in the folder of an interrupted run, and those that are written later.
fn names(run: &Path) -> Vec<String> {
    let weights = weights(run).file_name().unwrap().to_str().unwrap().to_owned();
    let inner = ["checkpoint/state.json".to_owned(), format!("checkpoint/{weights}")];
    FINISHED
        .iter()
        .map(ToString::to_string)
        .chain(["lock".into(), "checkpoint".into()])
        .chain(inner)
        .collect()
}

/// Puts something in the place of each name of a run in turn, resumes, and expects that it is not hurt.
pub(super) fn hostile(lines: usize, put: &dyn Fn(&Path, &Path)) {
    let original = place();
    interrupt(&original, lines, &[]);
    for name in names(&original.path("run")) {
        for tail in ["", ".tmp"] {
            let place = place();
            copy(&original.path("run"), &place.path("run"));
            let outside = place.path("outside");
            fs::create_dir(&outside).unwrap();
            put(&place.path(&format!("run/{name}{tail}")), &outside);
            let before = tree(&outside);
            let child = start(&place, &["search", "job.json", "--quiet", "--out", "run", "--resume"]);
            let output = ended(child, 60);
            assert_eq!(tree(&outside), before, "{name}{tail}: {output:?}");
            let code = output.status.code().unwrap();
            // A picture that cannot be drawn does not make the run fail.
            if tail.is_empty() {
                assert!([2, 3].contains(&code), "{name}: {output:?}");
                let error = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(
                    ["found", "no job.json", "not what"].iter().any(|part| error.contains(part)),
                    "{name}: {error}"
                );
            } else {
                assert_eq!(code, 0, "{name}{tail}: {output:?}");
            }
        }
    }
}

/// A link to what was there, which now is outside, or to something new.
fn link(path: &Path, outside: &Path) {
    let target = outside.join("target");
    if path.is_dir() {
        copy(path, &target);
        fs::write(target.join("notes.txt"), "precious").unwrap();
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::rename(path, &target).unwrap();
    } else {
        fs::write(&target, "precious").unwrap();
    }
    symlink(&target, path).unwrap();
}

fn dangling(path: &Path, outside: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
    symlink(outside.join("new"), path).unwrap();
}

fn fifo(path: &Path, outside: &Path) {
    dangling(path, outside);
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn links_in_a_run_folder_lead_nowhere() {
    hostile(40, &link);
}

#[test]
#[ignore = "slow: every name in every phase"]
fn links_and_fifos_in_a_run_folder_in_every_phase() {
    for lines in [10, 70] {
        hostile(lines, &link);
    }
    for lines in [10, 40, 70] {
        hostile(lines, &dangling);
        hostile(lines, &fifo);
    }
}

#[test]
fn a_fifo_in_a_run_folder_is_refused_at_once() {
    hostile(40, &fifo);
}

#[test]
fn other_names_of_a_log_keep_what_they_have() {
    let place = place();
    interrupt(&place, 40, &[]);
    fs::hard_link(place.path("run/events.jsonl"), place.path("backup")).unwrap();
    let before = place.bytes("backup");
    assert!(search(&place, &["--resume"]).status.success());
    assert!(place.bytes("backup") == before && place.bytes("run/events.jsonl").len() > before.len());
}

#[test]
fn a_picture_is_not_drawn_through_a_link() {
    let place = place();
    assert!(search(&place, &[]).status.success());
    place.write("precious", "precious");
    fs::remove_file(place.path("run/run.svg")).unwrap();
    symlink(place.path("precious"), place.path("run/run.svg")).unwrap();
    let error = refused(&run(&place, &["plot", "run"]), &[3]);
    assert!(error.contains("symbolic link"), "{error}");
    assert_eq!(place.text("precious"), "precious");
}

/// A search that takes long enough to be looked at.
fn long(place: &Place) -> std::process::Child {
    let child = start(
        place,
        &["search", "job.json", "--quiet", "--out", "run", "--resume", "--set", "strategy.epochs=3000"],
    );
    wait_for(&place.path("run/events.jsonl"), 20);
    child
}

#[test]
fn a_folder_that_was_deleted_is_not_called_saved() {
    let place = place();
    let child = long(&place);
    signal(&child, "-STOP");
    fs::remove_dir_all(place.path("run")).unwrap();
    signal(&child, "-INT");
    signal(&child, "-CONT");
    let error = refused(&ended(child, 20), &[3]);
    assert!(error.contains("was deleted, moved or replaced") && !error.contains("saved"), "{error}");
    assert!(!place.path("run").exists());
}

#[test]
fn a_folder_that_was_replaced_is_left_alone() {
    let place = place();
    let child = long(&place);
    signal(&child, "-STOP");
    fs::rename(place.path("run"), place.path("moved")).unwrap();
    fs::create_dir(place.path("run")).unwrap();
    place.write("run/notes.txt", "precious");
    let before = tree(&place.path("run"));
    signal(&child, "-CONT");
    let error = refused(&ended(child, 20), &[3]);
    assert!(error.contains("was deleted, moved or replaced"), "{error}");
    assert_eq!(tree(&place.path("run")), before);
}

#[test]
fn two_never_work_in_one_folder() {
    let place = place();
    assert!(search(&place, &[]).status.success());
    let whole = tree(&place.path("run"));
    fs::remove_dir_all(place.path("run")).unwrap();
    let slow = start(&place, &["search", "job.json", "--quiet", "--out", "run"]);
    wait_for(&place.path("run/events.jsonl"), 10);
    signal(&slow, "-STOP");
    // While it holds the lock, nobody else comes in.
    let error = refused(&search(&place, &["--resume"]), &[2]);
    assert!(error.contains("another process works in this run folder"), "{error}");
    // With the lock deleted, somebody does; the first one notices and stops.
    fs::remove_file(place.path("run/lock")).unwrap();
    assert!(search(&place, &["--resume"]).status.success());
    signal(&slow, "-CONT");
    let error = refused(&ended(slow, 20), &[3]);
    assert!(error.contains("lock: was deleted or replaced"), "{error}");
    let found = tree(&place.path("run"));
    for name in FINISHED.iter().filter(|name| !["metrics.json", "run.svg"].contains(name)) {
        assert!(found[Path::new(name)] == whole[Path::new(name)], "{name}");
    }
}

#[test]
fn a_plugin_crate_is_not_made_through_a_link() {
    let place = Place::new();
    fs::create_dir(place.path("outside")).unwrap();
    symlink(place.path("outside/new"), place.path("mine")).unwrap();
    let source = root();
    let new = ["plugin", "new", "mine", "--kind", "space", "--source", source.to_str().unwrap()];
    let error = refused(&run(&place, &new), &[2]);
    assert!(error.contains("exists already"), "{error}");
    assert_eq!(fs::read_dir(place.path("outside")).unwrap().count(), 0);
}

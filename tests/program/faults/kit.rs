//! What the tests of faults share: a small job, runs that are finished or interrupted in each phase, and
//! trees of files that are compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use smash_tests::kit::Place;

/// The files of a finished run.
pub(super) const FINISHED: [&str; 8] = [
    "job.json",
    "events.jsonl",
    "ranking.jsonl",
    "hypernet.safetensors",
    "best.arch.json",
    "model.safetensors",
    "metrics.json",
    "run.svg",
];

/// A job of some tenths of a second, on digits.
pub(super) fn job() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/formats/0/jobs/smash.json");
    fs::read_to_string(path).unwrap()
}

/// A folder with the job.
pub(super) fn place() -> Place {
    let place = Place::new();
    place.write("job.json", &job());
    place
}

/// Runs the program.
pub(super) fn run(place: &Place, args: &[&str]) -> Output {
    place.command(args).output().unwrap()
}

/// Searches in the folder `run`.
pub(super) fn search(place: &Place, more: &[&str]) -> Output {
    run(place, &[&["search", "job.json", "--quiet", "--out", "run"], more].concat())
}

/// What a program said that failed with this code.
pub(super) fn refused(output: &Output, codes: &[i32]) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{}: {text}", output.status);
    text
}

/// Starts the program, silently.
pub(super) fn start(place: &Place, args: &[&str]) -> Child {
    place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until a log has that many lines.
pub(super) fn wait_for(log: &Path, lines: usize) {
    let begun = Instant::now();
    while fs::read(log).map_or(0, |text| text.iter().filter(|b| **b == b'\n').count()) < lines {
        assert!(begun.elapsed() < Duration::from_secs(120), "line {lines} does not come");
        sleep(Duration::from_millis(1));
    }
}

/// Waits for a child that must end by itself.
pub(super) fn ended(mut child: Child, seconds: u64) -> Output {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(seconds) {
            child.kill().unwrap();
            panic!("still there after {seconds} s: {:?}", child.wait_with_output());
        }
        sleep(Duration::from_millis(2));
    }
    child.wait_with_output().unwrap()
}

pub(super) fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
}

/// Interrupts the search in `run` after that many lines of its log.
pub(super) fn interrupt(place: &Place, lines: usize, more: &[&str]) {
    let child = start(place, &[&["search", "job.json", "--quiet", "--out", "run"], more].concat());
    wait_for(&place.path("run/events.jsonl"), lines);
    signal(&child, "-INT");
    let output = ended(child, 60);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
}

/// What is at a path, links not followed: all files with their contents.
pub(super) fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let bytes = if kind.is_dir() {
                folders.push(path.clone());
                b"folder".to_vec()
            } else if kind.is_symlink() {
                fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else if kind.is_file() {
                fs::read(&path).unwrap()
            } else {
                b"other".to_vec()
            };
            found.insert(path.strip_prefix(root).unwrap().to_owned(), bytes);
        }
    }
    found
}

/// Copies a folder.
pub(super) fn copy(from: &Path, to: &Path) {
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

/// The weights file of a checkpoint.
pub(super) fn weights(run: &Path) -> PathBuf {
    let files = fs::read_dir(run.join("checkpoint")).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|e| e == "safetensors")).unwrap()
}

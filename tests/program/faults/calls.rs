//! Every system call that changes a file fails once, in each phase, and the run goes on from there.

mod scene;
mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;
use smash_core::random::Seed;
use smash_tests::kit::Place;

use super::attacks::times;
use super::kit::{FINISHED, copy, tree};
use scene::{MENDED, RESUME, SEARCH, Scene, begun, scenes};
use trace::{Call, Traced, can_trace, traced};

/// The name of each error, and what the system says of it.
const ERRORS: [(&str, &str); 5] = [
    ("ENOSPC", "No space left on device"),
    ("EIO", "Input/output error"),
    ("EINTR", ""),
    ("EMFILE", "Too many open files"),
    ("ENOLCK", "no file locks"),
];

/// The errors that a call can end with.
fn errors(call: &Call) -> &'static [&'static str] {
    match call.name.as_str() {
        name if name.starts_with("open") && call.reads => &["EIO", "EINTR", "EMFILE"],
        name if name.starts_with("open") => &["ENOSPC", "EIO", "EINTR", "EMFILE"],
        name if name.starts_with("unlink") => &["EIO", "EINTR"],
        "flock" => &["EIO", "EINTR", "ENOLCK"],
        _ => &["ENOSPC", "EIO", "EINTR"],
    }
}

/// A fault: in which scene, at which of its calls, with which error.
struct Fault<'a> {
    scene: &'a Scene,
    call: &'a Call,
    error: &'static str,
}

impl Fault<'_> {
    /// Runs into the fault, and goes on. Returns whether the program ended with an error.
    fn happens(&self, whole: &Place) -> bool {
        let Self { scene, call, error } = self;
        let what = format!("{}, {}: {error} at {call:?}", scene.name, call.phase);
        let (place, seen) = self.traced(&what);
        let said = String::from_utf8_lossy(&seen.output.stderr);
        assert!(!said.contains("panicked"), "{what}: {said}");
        let ended = if scene.more.is_empty() { 0 } else { 130 };
        let failed = seen.output.status.code() != Some(ended);
        if failed {
            self.is_said(&what, &said, seen.output.status.code());
        } else {
            // What only cleans up looks into a folder and removes.
            let cleans = call.folder || call.name.starts_with("unlink");
            let quiet = *error == "EINTR" || cleans || self.may_lack_picture();
            assert!(quiet, "{what}: unnoticed: {said}");
        }
        let beside = beside(&begun(None));
        assert_eq!(self::beside(&place), beside, "{what}");

        let output = place.command(&RESUME).output().unwrap();
        assert!(output.status.success(), "{what}: then {output:?}");
        assert_eq!(self::beside(&place), beside, "{what}: resumed");
        assert_same(&place, whole, &what, self.may_lack_picture());
        failed
    }

    /// The program with the fault. The allocator may open a file of the system at any time, so that the call
    /// is another one by its number: the fault then was elsewhere, and is tried again beside.
    fn traced(&self, what: &str) -> (Place, Traced) {
        let Self { scene, call, error } = self;
        for more in [1, 0, 2, 1, 0, 2, 3] {
            // The traced run had one of them, or this one has.
            let number = (call.number + more).saturating_sub(1).max(1);
            let injection = format!("{}:error={error}:when={number}", call.name);
            let place = begun(None);
            if scene.place.path("run").exists() {
                copy(&scene.place.path("run"), &place.path("run"));
            }
            let seen = traced(&place, scene.args, &[std::slice::from_ref(&injection), &scene.more].concat());
            if seen.hit().is_some_and(|hit| (&hit.name, hit.index) == (&call.name, call.index)) {
                return (place, seen);
            }
        }
        panic!("{what}: not hit");
    }

    /// Whether the call reads for the picture, without which a run is whole.
    fn may_lack_picture(&self) -> bool {
        self.call.reads && (self.call.phase == "done" || self.scene.name == MENDED)
    }

    /// The error that a call was made to fail with ends the program with its code, and is said with the path.
    fn is_said(&self, what: &str, said: &str, code: Option<i32>) {
        let Self { call, error, .. } = self;
        assert_ne!(*error, "EINTR", "{what}: {said}");
        assert_eq!(code, Some(if *error == "ENOLCK" { 2 } else { 3 }), "{what}: {said}");
        let text = ERRORS.iter().find(|(name, _)| name == error).unwrap().1;
        let path = call.path.to_str().unwrap();
        assert!(said.contains(text) && said.contains(path), "{what}: {said}");
    }
}

/// All that is not in the run.
fn beside(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = tree(&place.path("."));
    files.into_iter().filter(|(name, _)| !name.starts_with("run")).collect()
}

/// The run in one place is the one in the other, but for its times.
fn assert_same(place: &Place, whole: &Place, what: &str, may_lack_picture: bool) {
    let names = |place: &Place| -> BTreeSet<_> { tree(&place.path("run")).into_keys().collect() };
    let (found, mut expected) = (names(place), names(whole));
    if may_lack_picture && !found.contains(Path::new("run.svg")) {
        expected.remove(Path::new("run.svg"));
    }
    assert_eq!(found, expected, "{what}: other files");
    for name in FINISHED.iter().filter(|name| !["metrics.json", "run.svg"].contains(name)) {
        let name = format!("run/{name}");
        assert!(place.bytes(&name) == whole.bytes(&name), "{what}: another {name}");
    }
    let metrics = |place: &Place| -> Value {
        let mut metrics: Value = serde_json::from_str(&place.text("run/metrics.json")).unwrap();
        metrics["seconds"].take();
        metrics
    };
    assert_eq!(metrics(place), metrics(whole), "{what}");
}

/// For each scene, phase, call and error that many of its occurrences, drawn by a seed.
fn chosen(scenes: &[Scene], number: usize) -> Vec<Fault<'_>> {
    let mut random = Seed::new(4).split("calls").random();
    let mut faults = Vec::new();
    for scene in scenes {
        let mut kinds = BTreeMap::<_, Vec<&Call>>::new();
        for call in &scene.calls {
            kinds.entry((call.phase, &call.name, call.reads)).or_default().push(call);
        }
        for mut calls in kinds.into_values() {
            for at in (1..calls.len()).rev() {
                calls.swap(at, random.below(at + 1));
            }
            // Each error at others, as far as there are any.
            let mut next = calls.iter().cycle();
            for error in errors(calls[0]) {
                let some = next.by_ref().take(number.min(calls.len()));
                faults.extend(some.map(|call| Fault { scene, call, error }));
            }
        }
    }
    faults
}

#[test]
#[ignore = "slow: some hundred faults"]
fn every_call_that_changes_a_file_fails_once_in_every_phase() {
    if let Err(reason) = can_trace() {
        println!("SKIP every_call_that_changes_a_file_fails_once_in_every_phase: {reason}");
        return;
    }
    let whole = begun(None);
    assert!(whole.command(&SEARCH).output().unwrap().status.success());
    let scenes = scenes(&whole);
    let faults = chosen(&scenes, times(1));
    let (next, broken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let counts = Mutex::new(BTreeMap::<_, [usize; 2]>::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // All that goes wrong is shown, not the first only.
                    let happened = catch_unwind(AssertUnwindSafe(|| fault.happens(&whole)));
                    let Ok(failed) = happened else {
                        broken.fetch_add(1, Ordering::Relaxed);
                        continue;
                    };
                    let what = (fault.scene.name, fault.call.phase, fault.call.name.as_str());
                    let mut counts = counts.lock().unwrap();
                    let count = counts.entry(what).or_default();
                    count[0] += 1;
                    count[1] += usize::from(failed);
                }
            });
        }
    });
    let (counts, broken) = (counts.into_inner().unwrap(), broken.into_inner());
    assert_eq!(broken, 0, "of {} faults", faults.len());
    // What is listed was hit.
    for scene in &scenes {
        for call in &scene.calls {
            assert!(counts.contains_key(&(scene.name, call.phase, call.name.as_str())), "{call:?}");
        }
    }
    for ((scene, phase, call), [hits, failed]) in &counts {
        println!("{scene}, {phase}: {call} failed {hits} times, {failed} of them an error");
    }
    println!("{} faults, each followed by a resume that gave the whole run", faults.len());
}

#[test]
#[ignore = "slow: many limits"]
fn files_that_may_not_grow_are_errors_and_no_crash() {
    let whole = begun(None);
    assert!(whole.command(&SEARCH).output().unwrap().status.success());
    let mut refused = 0;
    // Blocks of 512 bytes: a write is cut at the limit, and the next one fails.
    let limits = (0..110).step_by(if times(1) > 1 { 1 } else { 5 });
    for blocks in limits.clone() {
        let place = begun(None);
        let program = place.command(&SEARCH);
        let limited = format!("ulimit -f {blocks}; exec \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited, "sh"]).arg(program.get_program()).args(program.get_args());
        let output = command.current_dir(place.path(".")).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            assert_eq!(output.status.code(), Some(3), "{blocks} blocks: {output:?}");
            assert!(said.contains("File too large") && said.contains("run/"), "{blocks} blocks: {said}");
            refused += 1;
        }
        let output = place.command(&RESUME).output().unwrap();
        assert!(output.status.success(), "{blocks} blocks: then {output:?}");
        assert_same(&place, &whole, &format!("{blocks} blocks"), false);
    }
    assert!(refused > 5, "{refused}");
    println!("{refused} of {} limits were reached", limits.count());
}

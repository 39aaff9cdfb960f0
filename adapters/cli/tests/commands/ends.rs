//! How the program ends: by signals, on outputs that fail, and with commands that go on.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kit::{Done, Place, SMASH};

/// Of the tests themselves: they may have been started by `nohup`.
const UNIGNORED: &[&str] = &["env", "--default-signal=HUP"];

/// Starts a search whose folder and job have these names by a program, waits until it trains, sends a signal.
fn interrupted(place: &Place, job: &OsStr, folder: &OsStr, signal: &str, through: &[&str]) -> Done {
    fs::copy(place.path("small.json"), place.path("").join(job)).unwrap();
    let mut command = Command::new(through[0]);
    command.args(&through[1..]).arg(SMASH);
    let prefix = |name: &OsStr| OsString::from_iter([OsStr::new("./"), name]);
    command.args(["search", "--set", "strategy.epochs=6", "--quiet", "--out"]);
    command.arg(prefix(folder)).arg(prefix(job)).current_dir(place.path(""));
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let log = place.path("").join(folder).join("events.jsonl");
    let begun = Instant::now();
    while fs::metadata(&log).map_or(0, |m| m.len()) < 500 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run did not begin");
        sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    Done::from(child.wait_with_output().unwrap())
}

/// The end of a terminal saves like Ctrl-C, and `nohup` keeps a run alive.
#[test]
fn a_hangup_saves_unless_it_is_ignored() {
    let place = Place::new();
    let done = interrupted(&place, "a.json".as_ref(), "run".as_ref(), "-HUP", UNIGNORED);
    assert_eq!(done.code, 130, "{}", done.err);
    assert!(
        done.err.contains("interrupted, and saved") && done.err.contains("--out ./run --resume"),
        "{}",
        done.err
    );
    let done = interrupted(&place, "a.json".as_ref(), "kept".as_ref(), "-HUP", &["nohup"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(place.exists("kept/metrics.json"));
}

/// Whatever the paths are, the command that was printed goes on with the run.
#[test]
fn the_command_that_resumes_is_right_for_every_path() {
    let names: [&[u8]; 6] = [
        b"a b",
        b"it's",
        b"-out",
        b"\xff\xfe",
        "\u{1b}[2J\n\u{202e}\u{9b}".as_bytes(),
        b"$(x) `y` \"z\" \\ ~ * ; & #",
    ];
    if Command::new("bash").arg("--version").output().is_err() {
        println!("SKIP the_command_that_resumes_is_right_for_every_path: no bash");
        return;
    }
    for name in names {
        let place = Place::new();
        let (folder, job) =
            (OsStr::from_bytes(name), OsString::from_iter([OsStr::from_bytes(name), OsStr::new(".json")]));
        let done = interrupted(&place, &job, folder, "-TERM", UNIGNORED);
        assert_eq!(done.code, 130, "{}", done.err);
        let command = done.err.split_once("go on with\n  ").unwrap().1.trim_end_matches('\n');
        assert!(!command.contains(|c: char| c.is_control()), "{command:?}");
        let resumed =
            Command::new("bash").args(["-c", command]).current_dir(place.path("")).output().unwrap();
        let error = String::from_utf8_lossy(&resumed.stderr).into_owned();
        assert!(resumed.status.success(), "{command}: {error}");
        assert!(!error.contains("starting from the beginning"), "{command}: {error}");
        assert!(place.path("").join(folder).join("metrics.json").exists(), "{command}");
    }
}

fn shell(place: &Place, script: &str) -> Done {
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("SMASH", SMASH).current_dir(place.path(""));
    Done::from(command.stdin(Stdio::null()).output().unwrap())
}

/// Whoever reads an exit code learns that nothing was written.
#[test]
fn an_output_that_fails_is_an_error() {
    let place = Place::new();
    for command in [
        "--help",
        "--version",
        "search --help",
        "list",
        "schema",
        "list --json",
        "sample small.json",
        "data small.json",
    ] {
        for output in [">/dev/full", ">&-"] {
            let done = shell(&place, &format!("\"$SMASH\" {command} {output}"));
            assert_eq!(done.code, 3, "{command} {output}: {}", done.err);
            assert!(done.err.contains("cannot write the output"), "{command} {output}: {}", done.err);
        }
        // A reader that has enough is none.
        let done = shell(&place, &format!("{{ \"$SMASH\" {command}; echo $? >&2; }} | true"));
        assert_eq!(done.err, "0\n", "{command}");
        let done = shell(&place, &format!("\"$SMASH\" {command} >/dev/null; echo $?"));
        assert_eq!(done.out, "0\n", "{command}: {}", done.err);
    }
}

/// A program that asks for one score after the other gets each answer before it asks again.
#[test]
fn score_answers_line_by_line() {
    let place = Place::new();
    let run = ["search", "small.json", "--out", "run", "--quiet", "--set", "retrain.epochs=0"];
    place.good(&run);
    let sampled = place.good(&["sample", "small.json", "--count", "20"]);
    let mut command = place.command(&["score", "run", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut asks, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(answers).lines().try_for_each(|line| sender.send(line.unwrap()))
    });
    for line in sampled.lines() {
        writeln!(asks, "{line}\n").unwrap();
        let answer = receiver.recv_timeout(Duration::from_secs(60)).expect("an answer before the next line");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["loss"].is_number(), "{answer}");
    }
    drop(asks);
    assert!(child.wait().unwrap().success());
}

/// Nothing is read that is deeper than all that anybody writes.
#[test]
fn what_is_too_deep_is_refused() {
    let place = Place::new();
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for (depth, code) in [(100, 2), (3_000_000, 2)] {
        let text = format!("{{\"dataset\": {}}}", deep(depth));
        place.write("deep.json", &text);
        for args in [
            &["search", "deep.json"][..],
            &["validate", "deep.json"],
            &["data", "deep.json"],
            &["describe", "deep.json"],
            &["convert", "deep.json"],
            &["train", "deep.json", "small.json", "--out", "x"],
        ] {
            place.bad(args, code, &["at most 64 arrays and objects inside each other"]);
        }
    }
    place.bad(&["search", "small.json", "--set", &format!("strategy={}", deep(100))], 2, &["64 arrays"]);
}

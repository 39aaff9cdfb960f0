//! The program, killed in any phase and resumed, writes the same bytes as one that was left alone.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use smash_core::random::{Random, Seed};
use smash_tests::kit::{self, Place, lines};

/// What must be the same, byte for byte.
const FILES: [&str; 5] =
    ["events.jsonl", "ranking.jsonl", "model.safetensors", "hypernet.safetensors", "best.arch.json"];

const KILL: &str = "-KILL";
const INTERRUPT: &str = "-INT";

fn place() -> Place {
    let place = Place::new();
    let mut job = kit::digits(1);
    job["strategy"]["epochs"] = 2.into();
    job["strategy"]["search"] = json!({"random": 16, "perturbation": 6, "chain": 6});
    job["retrain"]["epochs"] = 2.into();
    place.write("job.json", &job.to_string());
    place
}

fn search(place: &Place, out: &str, more: &[&str]) {
    place.good(&[&["search", "job.json", "--quiet", "--out", out], more].concat());
}

/// An uninterrupted run: the bytes of its files.
struct Whole {
    files: Vec<Vec<u8>>,
    metrics: Value,
    /// Lines of the event log up to the end of each phase.
    ends: [usize; 3],
}

/// Without times, and without the number of threads.
fn metrics(place: &Place, out: &str) -> Value {
    let mut metrics: Value = serde_json::from_str(&place.text(&format!("{out}/metrics.json"))).unwrap();
    let seconds = metrics.as_object_mut().unwrap().remove("seconds").unwrap();
    assert!(seconds["total"].as_f64().unwrap() > 0.0);
    metrics["threads"].take();
    metrics["backend"]["threads"].take();
    metrics
}

fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let place = place();
        search(&place, "run", &[]);
        let events = lines(&place.text("run/events.jsonl"));
        let at = |test: &dyn Fn(&Value) -> bool| events.iter().position(test).unwrap();
        let ends = [
            at(&|e| e["event"] == "phase" && e["phase"] == "searching"),
            at(&|e| e["event"] == "chosen"),
            at(&|e| e["event"] == "finished"),
        ];
        let files = FILES.iter().map(|name| place.bytes(&format!("run/{name}"))).collect();
        Whole { files, metrics: metrics(&place, "run"), ends }
    })
}

fn expect_same(place: &Place, out: &str, what: &str) {
    for (name, bytes) in FILES.iter().zip(&whole().files) {
        assert!(place.bytes(&format!("{out}/{name}")) == *bytes, "{what}: {name} differs");
    }
    assert_eq!(metrics(place, out), whole().metrics, "{what}");
}

/// Starts or resumes the run and sends a signal as soon as its log has that many lines.
fn stop(place: &Place, signal: &str, lines: usize, pause: Duration) {
    let mut command = place.command(&["search", "job.json", "--quiet", "--out", "run", "--resume"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let log = place.path("run/events.jsonl");
    let begun = Instant::now();
    let written = || std::fs::read(&log).map_or(0, |text| text.iter().filter(|b| **b == b'\n').count());
    while written() < lines {
        assert!(begun.elapsed() < Duration::from_secs(120), "line {lines} does not come");
        assert_eq!(child.try_wait().unwrap(), None, "ended before line {lines}");
        sleep(Duration::from_millis(1));
    }
    sleep(pause);
    let id = child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    let status = child.wait().unwrap();
    match signal {
        KILL => assert_eq!(status.signal(), Some(9), "line {lines}: {status}"),
        _ => assert_eq!(status.code(), Some(130), "line {lines}: {status}"),
    }
}

/// A random line of a phase: neither its first two nor its last five, so that the phase is not over when it
/// is seen.
fn moment(random: &mut Random, phase: usize) -> usize {
    let ends = whole().ends;
    let begin = if phase == 0 { 0 } else { ends[phase - 1] };
    begin + 2 + random.below(ends[phase] - begin - 7)
}

#[test]
fn killed_once_in_every_phase() {
    for seed in 0..3 {
        let mut random = Seed::new(seed).split("kills").random();
        let place = place();
        let moments: Vec<usize> = (0..3).map(|phase| moment(&mut random, phase)).collect();
        for &line in &moments {
            stop(&place, KILL, line, Duration::from_micros(random.below(20_000) as u64));
        }
        search(&place, "run", &["--resume"]);
        expect_same(&place, "run", &format!("killed at the lines {moments:?} of the log"));
    }
}

#[test]
fn killed_after_an_interruption_within_the_phase() {
    // Ctrl-C leaves a checkpoint in the middle of a phase; what a later kill loses comes after it.
    let mut random = Seed::new(7).split("kills").random();
    let place = place();
    let mut told = Vec::new();
    for phase in 0..3 {
        let mut two = [moment(&mut random, phase), moment(&mut random, phase)];
        two.sort_unstable();
        stop(&place, INTERRUPT, two[0], Duration::ZERO);
        stop(&place, KILL, two[1] + 2, Duration::ZERO);
        told.push(two);
    }
    search(&place, "run", &["--resume", "--threads", "2"]);
    expect_same(&place, "run", &format!("interrupted and killed at the lines {told:?}"));
}

#[test]
fn killed_while_phases_change() {
    // The files of a phase and its checkpoint are written right after the last line of the one before.
    let mut random = Seed::new(11).split("kills").random();
    for _ in 0..2 {
        let place = place();
        let mut pauses = Vec::new();
        for end in &whole().ends[..2] {
            let pause = random.below(8_000) as u64;
            stop(&place, KILL, end + 1, Duration::from_micros(pause));
            pauses.push(pause);
        }
        search(&place, "run", &["--resume"]);
        expect_same(&place, "run", &format!("killed {pauses:?} µs after the ends of phases"));
    }
}

#[test]
fn threads_change_no_byte() {
    let place = place();
    search(&place, "run", &["--threads", "2"]);
    expect_same(&place, "run", "2 threads");
    // A finished run stays as it is.
    search(&place, "run", &["--resume"]);
    expect_same(&place, "run", "resumed after its end");
}

#[test]
fn scores_of_a_shuffled_ranking_are_the_recorded_ones() {
    let place = place();
    search(&place, "run", &["--threads", "2"]);
    let ranking = place.text("run/ranking.jsonl");
    let mut shuffled: Vec<&str> = ranking.lines().collect();
    Seed::new(1).random().shuffle(&mut shuffled);
    place.write("shuffled.jsonl", &shuffled.join("\n"));
    let scores = lines(&place.good(&["score", "run", "shuffled.jsonl"]));
    assert_eq!((scores.len(), shuffled.len()), (28, 28));
    for (score, line) in scores.iter().zip(&shuffled) {
        let record: Value = serde_json::from_str(line).unwrap();
        for field in ["hash", "loss", "error"] {
            assert_eq!(score[field].to_string(), record[field].to_string());
        }
        assert!(score["loss"].is_number());
    }
}

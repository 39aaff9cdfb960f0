//! Traces of the program under `strace`: which system calls change its files, and in which phase.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use smash_tests::kit::Place;

/// What opens, makes, changes, moves or removes a file. A system lacks some of them (`?`).
const CALLS: [&str; 36] = [
    "open",
    "openat",
    "openat2",
    "creat",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "truncate",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "flock",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "utimensat",
    "copy_file_range",
    "sendfile",
    "setxattr",
];
/// How those begin that name their file; the others have its descriptor.
const NAMED: [&str; 12] = [
    "open",
    "creat",
    "mkdir",
    "rename",
    "unlink",
    "rmdir",
    "link",
    "symlink",
    "truncate",
    "fchmodat",
    "fchownat",
    "utimensat",
];
/// What the signal of an interruption is tied to: it changes nothing, and each step has one.
const TICK: &str = "newfstatat";

/// A system call on a file of a run.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Its name in the system's manual.
    pub(super) name: String,
    /// Which one it is of those on files of the run.
    pub(super) index: usize,
    /// Which one of this name it is in its thread, from 1.
    pub(super) number: usize,
    /// The phase that the log was in.
    pub(super) phase: &'static str,
    /// The file, relative to the place; of a temporary one the name that it takes.
    pub(super) path: PathBuf,
    /// Whether it opens a file for reading only.
    pub(super) reads: bool,
    /// Whether it opens a folder.
    pub(super) folder: bool,
    /// Whether the tracer made it fail.
    injected: bool,
    /// How many ticks there were before it.
    pub(super) ticks: usize,
    /// Whether the process had been told to stop.
    pub(super) interrupted: bool,
}

/// What ended, and the calls that it made on files of the run.
pub(super) struct Traced {
    pub(super) output: Output,
    pub(super) calls: Vec<Call>,
}

/// Runs the program under strace; `injections` are its options for faults and signals.
pub(super) fn traced(place: &Place, args: &[&str], injections: &[String]) -> Traced {
    let log = tempfile::NamedTempFile::new().unwrap();
    let plain = place.command(args);
    let names: Vec<String> = CALLS.iter().chain([&TICK]).map(|name| format!("?{name}")).collect();
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-qq", "-s", "64", "-e", "signal=SIGINT", "-o"]).arg(log.path());
    command.arg("-e").arg(format!("trace={}", names.join(",")));
    // Faster, but strace 6.1 loses signals with it.
    if injections.iter().all(|injection| injection.contains(":error=")) {
        command.arg("--seccomp-bpf");
    }
    for injection in injections {
        command.args(["-e", &format!("inject={injection}")]);
    }
    command.arg(plain.get_program()).args(plain.get_args());
    command.current_dir(place.path(".")).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(log.path()).unwrap()).into_owned();
    let root = place.path(".").canonicalize().unwrap();
    Traced { output, calls: calls(&root, &text) }
}

/// The option that interrupts the program after that many ticks.
pub(super) fn interruption(ticks: usize) -> String {
    format!("{TICK}:signal=SIGINT:when={ticks}")
}

impl Traced {
    /// The call that the tracer made fail.
    pub(super) fn hit(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.injected)
    }
}

/// Whether strace is there and may trace, or why not.
pub(super) fn can_trace() -> Result<(), String> {
    let tried =
        Command::new("strace").args(["-qq", "--seccomp-bpf", "-f", "-o", "/dev/null", "true"]).output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).lines().collect::<Vec<_>>().join(" ")),
        Err(error) => Err(format!("strace cannot be started ({error})")),
    }
}

/// The calls on files below `root` in the text of a trace.
fn calls(root: &Path, text: &str) -> Vec<Call> {
    let (mut calls, mut counts) = (Vec::new(), BTreeMap::<&str, usize>::new());
    let (mut phase, mut interrupted, mut main) = ("begin", false, "");
    let mut names = BTreeMap::new();
    for line in text.lines() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        main = if main.is_empty() { thread } else { main };
        interrupted |= rest.starts_with("--- SIGINT");
        let Some((name, rest)) = rest.split_once('(').filter(|(name, _)| !name.contains([' ', '<'])) else {
            continue;
        };
        // strace counts in each thread by itself; files are written by the main one.
        if thread == main {
            *counts.entry(name).or_default() += 1;
        }
        if name == TICK {
            continue;
        }
        let (path, target) = paths(root, name, rest);
        let Some(path) = path.as_ref().and_then(|path| path.strip_prefix(root).ok()) else { continue };
        let opens = name.starts_with("open");
        let reads = opens && !["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| rest.contains(flag));
        if !path.starts_with("run") {
            assert!(reads, "a call outside the run: {line}");
            continue;
        }
        assert_eq!(thread, main, "a call of another thread: {line}");
        if let Some(target) = target.as_ref().and_then(|target| target.strip_prefix(root).ok()) {
            names.insert(path.to_owned(), target.to_owned());
        }
        let folder = opens && rest.contains("O_DIRECTORY");
        let (number, ticks) = (counts[name], counts.get(TICK).copied().unwrap_or(0));
        let (name, path, injected) = (name.to_owned(), path.to_owned(), rest.contains("(INJECTED)"));
        let index = calls.len();
        calls.push(Call { name, index, number, phase, path, reads, folder, injected, ticks, interrupted });
        if rest.contains("events.jsonl") && calls.last().is_some_and(|call| call.name == "write") {
            phase = phase_of(rest).unwrap_or(phase);
        }
    }
    for call in &mut calls {
        if let Some(name) = names.get(&call.path) {
            call.path.clone_from(name);
        }
    }
    calls
}

/// The phase that a line of the log belongs to, or begins.
fn phase_of(line: &str) -> Option<&'static str> {
    let has = |field: &str, value: &str| line.contains(&format!(r#"\"{field}\":\"{value}"#));
    match () {
        () if has("event", "candidate") => Some("searching"),
        () if has("event", "finished") => Some("done"),
        () => ["training", "searching", "retraining"].into_iter().find(|phase| has("phase", phase)),
    }
}

/// The path that a call is about, and the one that it gives it.
fn paths(cwd: &Path, name: &str, arguments: &str) -> (Option<PathBuf>, Option<PathBuf>) {
    let (mut folder, mut found) = (cwd.to_owned(), Vec::new());
    for part in arguments.split(", ").take(4) {
        if let Some(name) = part.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
            found.push(folder.join(name));
        } else if let Some((_, path)) = part.split_once('<') {
            folder = PathBuf::from(path.split('>').next().unwrap_or_default());
            if !NAMED.iter().any(|prefix| name.starts_with(prefix)) {
                return (Some(folder), None);
            }
        }
    }
    let mut found = found.into_iter();
    (found.next(), found.next())
}

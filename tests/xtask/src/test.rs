//! `cargo xtask test`.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::report::{Report, allowed};
use crate::workspace::{cargo, root};
use crate::{build, libtorch, miri};

/// Runs unit, integration and documentation tests, and prints a line of totals.
pub(crate) fn run(all: bool) -> Result<(), String> {
    let mut report = Report::default();
    if all && let Err(reason) = libtorch::run() {
        report.leave_out(libtorch::PACKAGE, &reason);
    }
    // Documentation tests by themselves: `--include-ignored` would run the examples that are marked as not
    // runnable.
    let slow: &[&str] = if all { &["--include-ignored"] } else { &[] };
    build::run()?;
    let tests = tests(&build::PROGRAMS, slow, &mut report)?;
    let docs = self::tests(&["--doc"], &[], &mut report)?;
    let miri = !all || miri(&mut report)?;

    for (name, reason) in report.skips() {
        println!("SKIP {name}: {reason}");
    }
    let verdict = verdict(&report, tests && docs && miri);
    println!("{report}");
    verdict
}

/// Runs one kind of tests; true when all passed.
fn tests(targets: &[&str], slow: &[&str], report: &mut Report) -> Result<bool, String> {
    let mut command = cargo();
    // `--show-output` prints what a test said in whole lines, after it ran; `--nocapture` would mix the
    // threads.
    command
        .args(build::TEST)
        .args(libtorch::exclusions())
        .args(targets)
        .args(["--", "--show-output"])
        .args(slow);
    read(command, report)
}

/// Runs the kernels under Miri, where it is installed; true when all passed.
fn miri(report: &mut Report) -> Result<bool, String> {
    match miri::is_there() {
        Ok(()) => read(miri::tests(), report),
        Err(reason) => {
            report.leave_out(miri::NAME, &reason);
            Ok(true)
        }
    }
}

/// Runs a test command, copies its output and parses it; true when it succeeded.
fn read(mut command: Command, report: &mut Report) -> Result<bool, String> {
    let failed = |e: io::Error| format!("the tests could not be run: {e}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
    let copied = match child.stdout.take() {
        Some(out) => copy(out, report),
        None => Ok(()),
    };
    end(child, copied).map_err(failed)
}

fn copy(out: ChildStdout, report: &mut Report) -> io::Result<()> {
    let mut shown = io::stdout().lock();
    let (mut out, mut line) = (BufReader::new(out), Vec::new());
    while out.read_until(b'\n', &mut line)? > 0 {
        shown.write_all(&line)?;
        report.line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    shown.flush()
}

/// Waits for the child even where copying its output failed.
fn end(mut child: Child, copied: io::Result<()>) -> io::Result<bool> {
    let status = child.wait()?;
    copied.map(|()| status.success())
}

fn verdict(report: &Report, passed: bool) -> Result<(), String> {
    if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        let path = root().join("tests/allowed-skips.txt");
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let allowed = allowed(&text)?;
        let unknown: Vec<&str> =
            report.skips().map(|(name, _)| name).filter(|name| !allowed.contains(*name)).collect();
        if !unknown.is_empty() {
            return Err(format!(
                "skipped, but not listed in tests/allowed-skips.txt: {}",
                unknown.join(", ")
            ));
        }
    }
    if passed { Ok(()) } else { Err("a test failed or did not build, see above".into()) }
}

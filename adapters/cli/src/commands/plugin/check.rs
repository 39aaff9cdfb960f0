//! `smash plugin check`: the conformance checks, each component in a child process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_plugin::loader::{self, Provided};
use smash_plugin::{Registry, conformance};

use crate::args::CheckArgs;
use crate::error::{Error, Result};

/// Prefix of a child's result lines, so that the plugin's own output is not taken for a result.
const MARK: &str = "smash-check ";

/// Checks all components of a plugin; the exit code is 1 when one fails.
pub(crate) fn check(args: &CheckArgs, out: &mut dyn Write) -> Result<u8> {
    let configs = configs(&args.configs)?;
    if let Some(only) = &args.only {
        return child(args, only, &configs, out);
    }
    let fault = |fault| smash_plugin::Error::Plugin { manifest: args.manifest.clone(), fault };
    let (manifest, _) = loader::inspect(&args.manifest).map_err(fault)?;
    let mut failed = 0;
    for Provided { kind, id } in &manifest.provides {
        writeln!(out, "{} {id:?}", kind.key()).map_err(Error::Output)?;
        let problem = watched(args, &format!("{}/{id}", kind.key()), out)?;
        if let Some(problem) = problem {
            failed += 1;
            writeln!(out, "  FAILED: {problem}").map_err(Error::Output)?;
        }
    }
    let (count, name) = (manifest.provides.len(), &manifest.name);
    let verdict = if failed == 0 {
        "keeps its promises".to_owned()
    } else {
        format!("{failed} of {count} components fail")
    };
    writeln!(out, "{name}: {verdict}").map_err(Error::Output)?;
    Ok(u8::from(failed > 0))
}

/// Configurations by component id.
fn configs(texts: &[String]) -> Result<BTreeMap<String, Value>> {
    let config = |text: &String| {
        let value: Value =
            serde_json::from_str(text).map_err(|e| Error::Usage(format!("--config {text}: {e}")))?;
        let id = value["type"].as_str().map(str::to_owned);
        let id = id.ok_or_else(|| {
            Error::Usage(format!("--config {text}: expected an object with the field \"type\""))
        })?;
        Ok((id, value))
    };
    texts.iter().map(config).collect()
}

/// In the child process: loads the plugin and checks one component.
fn child(args: &CheckArgs, only: &str, configs: &BTreeMap<String, Value>, out: &mut dyn Write) -> Result<u8> {
    let mut registry = Registry::builtin()?;
    registry.load_plugin(&args.manifest)?;
    let (kind, id) = only.split_once('/').unwrap_or((only, ""));
    let kind = Kind::ALL.into_iter().find(|k| k.key() == kind);
    let kind = kind.ok_or_else(|| Error::Usage(format!("--only {only}: expected KIND/ID")))?;
    let default = json!({"type": id});
    let mut written = Ok(());
    conformance::check(&registry, kind, configs.get(id).unwrap_or(&default), &mut |case| {
        let line = case.to_string().replace('\n', "; ");
        let verdict = if case.outcome.is_ok() { "ok" } else { "failed" };
        if written.is_ok() {
            written = writeln!(out, "{MARK}{verdict} {line}").and_then(|()| out.flush());
        }
    });
    written.map_err(Error::Output)?;
    Ok(0)
}

/// Runs a child process with a timeout and passes its results on; returns what is wrong with the component.
fn watched(args: &CheckArgs, only: &str, out: &mut dyn Write) -> Result<Option<String>> {
    let failed = |error: std::io::Error| Error::Data(format!("cannot start a process to check in: {error}"));
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args(["plugin", "check", "--only", only]).arg(&args.manifest);
    command.args(args.configs.iter().flat_map(|config| ["--config", config]));
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let lines = process.stdout.take().map(lines);
    let (mut bad, mut last) = (0, "the start".to_owned());
    while let Some(lines) = &lines {
        match lines.recv_timeout(Duration::from_secs(args.patience)) {
            Ok(line) => {
                let Some(line) = line.strip_prefix(MARK) else { continue };
                let (verdict, line) = line.split_once(' ').unwrap_or((line, ""));
                bad += usize::from(verdict != "ok");
                last = line.split(':').next().unwrap_or(line).to_owned();
                writeln!(out, "  {line}").and_then(|()| out.flush()).map_err(Error::Output)?;
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                let _ = process.kill();
                let _ = process.wait();
                return Ok(Some(format!("it hangs: nothing happened for {} s after {last}", args.patience)));
            }
        }
    }
    let status = process.wait().map_err(failed)?;
    Ok(match (status.success(), bad) {
        (true, 0) => None,
        (true, _) => Some(format!("{bad} checks")),
        (false, _) => Some(format!("it crashed after {last} ({})", ended(status))),
    })
}

fn ended(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

/// The lines of a child, read on a thread so that waiting for them can time out.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

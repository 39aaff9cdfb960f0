//! Interruption by Ctrl-C or by the end of a terminal, and the command that resumes the run.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use smash_plugin::Registry;

use crate::args::JobArgs;
use crate::error::{Error, Result};
use crate::{shell, terminal};

/// Exit code of an interrupted process.
pub(crate) const INTERRUPTED: u8 = 130;

/// The cancellation flag, which the first Ctrl-C (SIGINT, SIGTERM, or SIGHUP where it is not ignored, as
/// `nohup` has it) sets; a second one ends the process.
///
/// # Errors
/// When the system refuses a signal handler.
pub(crate) fn cancel_flag() -> Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    let hangup = (!is_ignored(SIGHUP)).then_some(SIGHUP);
    for signal in [SIGINT, SIGTERM].into_iter().chain(hangup) {
        // The order matters: the first signal finds the flag unset, and only then sets it.
        flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&cancel))
            .and_then(|_| flag::register(signal, Arc::clone(&cancel)))
            .map_err(Error::Output)?;
    }
    // With a handler, a file that grows beyond a limit (`ulimit -f`) is an error of that write, and does not
    // end the process.
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map_err(Error::Output)?;
    Ok(cancel)
}

/// Whether a signal is ignored; where the system does not say so (anywhere but on Linux), it is taken to be.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Prints how to resume an interrupted run; returns the exit code.
pub(crate) fn interrupted(command: &str) -> u8 {
    terminal::say(&format!("interrupted, and saved; go on with\n{command}"));
    INTERRUPTED
}

/// The command line that resumes the run in `out`.
pub(crate) fn resume_command(
    registry: &Registry,
    words: &[&Path],
    job: &JobArgs,
    out: &Path,
    quiet: bool,
) -> String {
    let program = std::env::args_os().next().unwrap_or_else(|| OsString::from("smash"));
    let mut command: Vec<String> = vec![shell::program(&program)];
    command.extend(words.iter().map(|word| shell::path(word)));
    command.extend(["--out".to_owned(), shell::path(out), "--resume".to_owned()]);
    for set in &job.sets {
        command.push(shell::option("--set", set));
    }
    if let Some(threads) = job.threads {
        command.extend(["--threads".to_owned(), threads.to_string()]);
    }
    for manifest in registry.plugins().into_keys() {
        command.extend(["--plugin".to_owned(), shell::path(manifest)]);
    }
    if quiet {
        command.push("--quiet".to_owned());
    }
    command.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_repeats_what_shapes_the_job() {
        let job = JobArgs { job: "a.json".into(), sets: vec!["seed=3".into()], threads: Some(2) };
        let words = [Path::new("search"), Path::new("a.json")];
        let command = resume_command(&Registry::builtin().unwrap(), &words, &job, Path::new("runs/a"), true);
        let tail = " search a.json --out runs/a --resume --set seed=3 --threads 2 --quiet";
        assert!(command.ends_with(tail), "{command}");
    }
}

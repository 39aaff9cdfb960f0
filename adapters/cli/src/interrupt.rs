//! Interruption by Ctrl-C, and the command that resumes the run.

use std::ffi::OsString;
use std::io::{Write, stderr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use smash_plugin::Registry;

use crate::args::JobArgs;
use crate::error::{Error, Result};

/// Exit code of an interrupted process.
pub(crate) const INTERRUPTED: u8 = 130;

/// The cancellation flag, which the first Ctrl-C (SIGINT or SIGTERM) sets; a second one ends the process.
///
/// # Errors
/// When the system refuses a signal handler.
pub(crate) fn cancel_flag() -> Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The order matters: the first signal finds the flag unset, and only then sets it.
        flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&cancel))
            .and_then(|_| flag::register(signal, Arc::clone(&cancel)))
            .map_err(Error::Output)?;
    }
    Ok(cancel)
}

/// Prints how to resume an interrupted run; returns the exit code.
pub(crate) fn interrupted(command: &str) -> u8 {
    let _ = writeln!(stderr(), "interrupted, and saved; go on with\n  {command}");
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
    let mut command: Vec<String> = vec![quote(&program.to_string_lossy())];
    command.extend(words.iter().map(|word| quote(&word.to_string_lossy())));
    command.extend(["--out".to_owned(), quote(&out.to_string_lossy()), "--resume".to_owned()]);
    for set in &job.sets {
        command.extend(["--set".to_owned(), quote(set)]);
    }
    if let Some(threads) = job.threads {
        command.extend(["--threads".to_owned(), threads.to_string()]);
    }
    for manifest in registry.plugins() {
        command.extend(["--plugin".to_owned(), quote(&manifest.to_string_lossy())]);
    }
    if quiet {
        command.push("--quiet".to_owned());
    }
    command.join(" ")
}

/// Quotes a word for a POSIX shell.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_change() {
        assert_eq!(quote("runs/a-2"), "runs/a-2");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's${X}"), r"'it'\''s${X}'");
    }

    #[test]
    fn the_command_repeats_what_shapes_the_job() {
        let job = JobArgs { job: "a.json".into(), sets: vec!["seed=3".into()], threads: Some(2) };
        let words = [Path::new("search"), Path::new("a.json")];
        let command = resume_command(&Registry::builtin().unwrap(), &words, &job, Path::new("runs/a"), true);
        let tail = " search a.json --out runs/a --resume --set seed=3 --threads 2 --quiet";
        assert!(command.ends_with(tail), "{command}");
    }
}

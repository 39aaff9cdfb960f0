//! Worker processes: each engine runs in a process of its own, because malloc settings and peak memory belong
//! to a process. The parent asks for one item at a time, so that the engines take turns.

use std::fs;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use smash_core::error::Error;
use smash_core::{Result, backend::Backend};

use crate::{Engine, Workload};

/// Minimum duration of a turn.
const TURN: Duration = Duration::from_millis(100);

/// A child process that runs one workload on one engine.
pub struct Worker {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

fn failed(what: impl std::fmt::Display) -> Error {
    Error::State(format!("a process of the bench: {what}"))
}

impl Worker {
    /// Starts this program again, as a worker.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(engine: Engine, workload: &str, threads: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(["--serve", engine.name(), "--threads", &threads.to_string(), workload]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("no pipes"));
        };
        Ok(Self { child, questions, answers: BufReader::new(answers) })
    }

    /// Runs an item, repeatedly if it is short; returns the mean time in milliseconds.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn run(&mut self, item: usize) -> Result<f64> {
        self.ask(&item.to_string())
    }

    /// Peak memory growth of the process since its engine was started, in mebibytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn peak(&mut self) -> Result<f64> {
        self.ask("peak")
    }

    fn ask(&mut self, question: &str) -> Result<f64> {
        writeln!(self.questions, "{question}").map_err(failed)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(failed)?;
        answer.trim().parse().map_err(|_| failed(format!("expected a number, found {answer:?}")))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The worker's loop: answers until its input ends.
///
/// # Errors
/// When the engine fails.
pub fn serve(mut backend: Box<dyn Backend>, workload: &dyn Workload) -> Result<()> {
    let before = memory("VmRSS:");
    for line in stdin().lines() {
        let line = line.map_err(failed)?;
        let answer = match line.parse() {
            Ok(item) => {
                // Repeated rather than run once after a long sleep: real training and scoring repeat steps,
                // too.
                let (clock, mut runs) = (Instant::now(), 0.0);
                while runs == 0.0 || clock.elapsed() < TURN {
                    workload.run(item, &mut *backend)?;
                    runs += 1.0;
                }
                clock.elapsed().as_secs_f64() * 1e3 / runs
            }
            Err(_) => memory("VmHWM:") - before,
        };
        writeln!(stdout(), "{answer}").map_err(failed)?;
    }
    Ok(())
}

/// A line of `/proc/self/status` in mebibytes; 0 where the system has none.
fn memory(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

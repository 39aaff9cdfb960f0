//! The parent of a child that checks a component: passes on what it says, and ends it when it takes too long.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::channel::{Said, messages, secret};
use crate::args::CheckArgs;
use crate::error::{Error, Result};
use crate::terminal::{self, line};

/// Limits on what a plugin prints that is shown: lines, and bytes of each.
const SHOWN: usize = 100;
const LONGEST: u64 = 1 << 12;
/// How long a child may take to end once it has said all.
const ENDING: Duration = Duration::from_secs(10);

/// Runs a child process within the limits of time and passes its results on; returns what is wrong with the
/// component.
pub(super) fn watch(args: &CheckArgs, only: &str, out: &mut dyn Write) -> Result<Option<String>> {
    let failed = |error: io::Error| Error::Data(format!("cannot start a process to check in: {error}"));
    let (mut ours, theirs) = UnixStream::pair().map_err(failed)?;
    let secret = secret().map_err(failed)?;
    ours.write_all(format!("{secret}\n").as_bytes()).map_err(failed)?;
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args(["plugin", "check", "--only", only]);
    command.args(args.configs.iter().map(|config| format!("--config={config}")));
    command.arg("--").arg(&args.manifest);
    command.stdin(OwnedFd::from(theirs)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(failed)?;
    // It holds the other end of the channel, whose end is the end of the child.
    drop(command);
    show(process.stdout.take());
    show(process.stderr.take());
    let (sender, receiver) = channel();
    thread::spawn(move || messages(ours, secret).try_for_each(|said| sender.send(said)));
    let result = Watched { args, begun: Instant::now(), bad: 0, count: 0, last: "the start".to_owned() };
    let result = result.follow(&receiver, &mut process, out);
    // Nothing to do for one that has ended.
    let _ = process.kill();
    let _ = process.wait();
    result
}

/// What a child has said so far.
struct Watched<'a> {
    args: &'a CheckArgs,
    begun: Instant,
    bad: usize,
    count: usize,
    last: String,
}

impl Watched<'_> {
    fn follow(
        mut self,
        said: &Receiver<Option<Said>>,
        process: &mut Child,
        out: &mut dyn Write,
    ) -> Result<Option<String>> {
        let (patience, limit) =
            (Duration::from_secs(self.args.patience), Duration::from_secs(self.args.limit));
        loop {
            let left = limit.saturating_sub(self.begun.elapsed());
            let last = &self.last;
            match said.recv_timeout(patience.min(left)) {
                Ok(Some(Said::Case(name, wrong))) => self.case(name, wrong, out)?,
                Ok(Some(Said::End(count))) if count == self.count && count > 0 => break,
                Ok(Some(Said::End(count))) => {
                    return Ok(Some(format!("expected {count} results, found {}", self.count)));
                }
                Ok(None) => return Ok(Some(format!("it wrote into the channel of the checks after {last}"))),
                Err(RecvTimeoutError::Timeout) if self.begun.elapsed() >= limit => {
                    return Ok(Some(format!(
                        "expected all checks within {} s, was not done after {last}",
                        limit.as_secs()
                    )));
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Ok(Some(format!(
                        "it hangs: nothing happened for {} s after {last}",
                        patience.as_secs()
                    )));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let how = ended(process)?.map_or_else(|| "closed its files".to_owned(), described);
                    return Ok(Some(format!("it crashed after {last} ({how})")));
                }
            }
        }
        Ok(match (ended(process)?, self.bad) {
            (None, _) => {
                Some(format!("it does not end: it was there {} s after the last check", ENDING.as_secs()))
            }
            (Some(status), _) if !status.success() => {
                Some(format!("it crashed after the last check ({})", described(status)))
            }
            (Some(_), 0) => None,
            (Some(_), bad) => Some(format!("{bad} checks")),
        })
    }

    fn case(&mut self, name: String, wrong: Option<String>, out: &mut dyn Write) -> Result<()> {
        self.count += 1;
        self.bad += usize::from(wrong.is_some());
        let verdict = wrong.unwrap_or_else(|| "ok".to_owned()).replace('\n', "; ");
        writeln!(out, "  {}: {}", line(&name), line(&verdict))
            .and_then(|()| out.flush())
            .map_err(Error::Output)?;
        self.last = name;
        Ok(())
    }
}

/// How a child ended that is about to; `None`: it did not.
fn ended(process: &mut Child) -> Result<Option<ExitStatus>> {
    let failed = |error: io::Error| Error::Data(format!("cannot wait for the process that checks: {error}"));
    let begun = Instant::now();
    loop {
        match process.try_wait().map_err(failed)? {
            None if begun.elapsed() < ENDING => thread::sleep(Duration::from_millis(10)),
            status => return Ok(status),
        }
    }
}

fn described(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

/// Shows what a child prints, on a thread of its own: marked as the plugin's words, never read as anything
/// else.
fn show(stream: Option<impl Read + Send + 'static>) {
    let Some(stream) = stream else { return };
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        for number in 0.. {
            let mut text = Vec::new();
            match (&mut reader).take(LONGEST).read_until(b'\n', &mut text) {
                Ok(0) | Err(_) => break,
                Ok(_) if number < SHOWN => {
                    terminal::say(&format!(
                        "  | {}",
                        line(String::from_utf8_lossy(&text).trim_end_matches('\n'))
                    ));
                }
                Ok(_) if number == SHOWN => terminal::say("  | … (it prints more, which is not shown)"),
                Ok(_) => {}
            }
        }
    });
}

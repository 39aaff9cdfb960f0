//! The channel between a child that checks a component and its parent.
//!
//! A plugin prints what it likes to standard output and ends the process when it likes. So results go through
//! a socket of their own, which the parent hands over as standard input and the child moves out of the way.
//! Each message repeats a secret word that the parent sent first: bytes that a plugin writes to whatever
//! descriptor it finds are no message. The last message says how many results there were, and without it
//! nothing counts. (A plugin is code in the child's process: one that sets out to read the secret from memory
//! will find it.)

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write, stdin};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use serde::{Deserialize, Serialize};
use smash_core::json;
use smash_plugin::conformance::Case;

use crate::error::{Error, Result};

/// Limit on the length of a message, in bytes.
const LONGEST: u64 = 1 << 20;

/// What a child says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// A check is done: its name, and what it found wrong.
    Case(String, Option<String>),
    /// All checks are done, so many.
    End(usize),
}

#[derive(Serialize, Deserialize)]
struct Message {
    secret: String,
    said: Said,
}

/// A word that cannot be guessed.
pub(super) fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The end of the child.
pub(super) struct Reporter {
    stream: UnixStream,
    secret: String,
    count: usize,
    failed: Option<io::Error>,
}

impl Reporter {
    /// Takes the channel from standard input, which is empty from then on.
    pub(super) fn open() -> Result<Self> {
        let wrong = |error: io::Error| {
            Error::Usage(format!("--only is how \"smash plugin check\" starts a process of its own: {error}"))
        };
        let stream = UnixStream::from(stdin().as_fd().try_clone_to_owned().map_err(wrong)?);
        rustix::stdio::dup2_stdin(File::open("/dev/null").map_err(wrong)?).map_err(|e| wrong(e.into()))?;
        let mut secret = String::new();
        BufReader::new(&stream).take(LONGEST).read_line(&mut secret).map_err(wrong)?;
        Ok(Self { stream, secret: secret.trim_end().to_owned(), count: 0, failed: None })
    }

    /// Reports a result.
    pub(super) fn case(&mut self, case: &Case) {
        self.count += 1;
        let wrong = case.outcome.as_ref().err().map(ToString::to_string);
        self.send(Said::Case(case.name.to_owned(), wrong));
    }

    /// Reports that there are no more.
    pub(super) fn end(mut self) -> Result<()> {
        let count = self.count;
        self.send(Said::End(count));
        self.failed.map_or(Ok(()), |error| Err(Error::Output(error)))
    }

    fn send(&mut self, said: Said) {
        let message = Message { secret: self.secret.clone(), said };
        let sent = serde_json::to_string(&message).map_err(io::Error::from);
        if let Err(error) = sent.and_then(|text| self.stream.write_all((text + "\n").as_bytes())) {
            self.failed.get_or_insert(error);
        }
    }
}

/// The end of the parent: messages as they come, until there are no more. `None`: something that is no
/// message.
pub(super) fn messages(stream: UnixStream, secret: String) -> impl Iterator<Item = Option<Said>> {
    let mut reader = BufReader::new(stream);
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        match (&mut reader).take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => {
                let message = json::from_slice::<Message>(&line).ok();
                Some(message.filter(|message| message.secret == secret).map(|message| message.said))
            }
        }
    })
}

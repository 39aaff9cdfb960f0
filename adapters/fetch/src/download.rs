//! Downloads one file: resumed by range requests, retried with back-off, verified, then renamed to its final
//! name.

use std::path::Path;
use std::time::Duration;

use crate::checksum;
use crate::client::{Arrival, Client, Head, Request, Transfer};
use crate::control::{Control, Progress};
use crate::error::{Error, Result};
use crate::partial_file::PartialFile;
use crate::settings::Settings;
use crate::source::File;

/// Size limit of a file whose size is not published, in bytes: more would fill the disk.
const MOST: u64 = 16 << 30;

/// A file and the address to download it from.
pub(crate) struct Download<'a> {
    pub(crate) client: &'a Client,
    pub(crate) settings: &'a Settings,
    pub(crate) url: String,
    pub(crate) file: &'a File,
}

/// How an attempt ended that did not fail for good.
enum End {
    /// The file is complete.
    Whole,
    /// Retry, with the reason and the server's Retry-After.
    Again(String, Option<Duration>),
    /// Retry what was too slow.
    Slow(String),
}

impl Download<'_> {
    /// Downloads the file, or the rest of it, and verifies it. A file that exists at `path` is only verified.
    pub(crate) fn run(&self, path: &Path, control: &mut Control<'_>) -> Result<()> {
        if path.exists() {
            return checksum::verify(path, self.file, "remove the file and run the command again", control);
        }
        let advice = "what arrived was removed: run the command again, or name another mirror";
        let mut partial = PartialFile::open(path)?;
        let mut resumed = partial.len() > 0;
        loop {
            if self.file.size.is_none_or(|size| partial.len() != size) {
                self.transfer(&mut partial, control)?;
            }
            match checksum::verify(partial.path(), self.file, advice, control) {
                Ok(()) => return partial.finish(path),
                // The corruption may be in the bytes of an earlier run: start over.
                Err(Error::Content { .. }) if resumed => partial.restart(None)?,
                Err(error @ Error::Content { .. }) => return partial.discard().and(Err(error)),
                Err(error) => return Err(error),
            }
            resumed = false;
        }
    }

    /// Retries with back-off until the file is complete; gives up after several attempts in a row without a
    /// new byte, or with too few of them.
    fn transfer(&self, partial: &mut PartialFile, control: &mut Control<'_>) -> Result<()> {
        let (mut attempts, mut longest) = (0, partial.len());
        loop {
            let (problem, wait, slow) = match self.attempt(partial, control)? {
                End::Whole => return Ok(()),
                End::Again(problem, wait) => (problem, wait, false),
                End::Slow(problem) => (problem, None, true),
            };
            attempts = if partial.len() > longest && !slow { 1 } else { attempts + 1 };
            longest = longest.max(partial.len());
            if attempts > self.settings.retries {
                return Err(Error::Transfer { url: self.url.clone(), problem, attempts });
            }
            let pause = self.settings.pause.saturating_mul(1 << (attempts - 1).min(16));
            let wait = wait.unwrap_or(pause).min(Settings::LONGEST);
            control.tell(Progress::Retry { problem: &problem, wait });
            control.wait(wait)?;
        }
    }

    /// Makes one attempt: requests the file or the rest of it, and appends what arrives.
    fn attempt(&self, partial: &mut PartialFile, control: &mut Control<'_>) -> Result<End> {
        let from = partial.tag().map(|tag| (partial.len(), tag));
        let mut transfer = self.client.send(Request { url: self.url.clone(), from: from.clone() });
        let head = match transfer.next(control)? {
            Arrival::Head(head) => head,
            Arrival::Refused(problem) => return Err(self.refused(problem)),
            Arrival::Failed(problem) => return Ok(End::Again(problem, None)),
            Arrival::Bytes(_) | Arrival::Slow(_) | Arrival::End => {
                return Ok(End::Again("an answer without a head".into(), None));
            }
        };
        match (head.status, from) {
            (200, _) => {
                let total = self.total(head.length)?;
                partial.restart(head.tag.as_deref())?;
                self.receive(&mut transfer, partial, total, control)
            }
            (206, Some((bytes, tag))) => match follows(&head, bytes, &tag) {
                Some(total) => {
                    let total = self.total(Some(total))?;
                    self.receive(&mut transfer, partial, total, control)
                }
                None => {
                    partial.restart(None)?;
                    Ok(End::Again(format!("expected the bytes from {bytes} on, found others"), None))
                }
            },
            // An unsatisfiable range: for a file without a published size this is how its end is found.
            (416, Some((bytes, _))) if self.file.size.is_none() && head.range == Some((None, bytes)) => {
                Ok(End::Whole)
            }
            (416, Some(_)) => {
                partial.restart(None)?;
                Ok(End::Again("the file is another one now: starting over".into(), None))
            }
            (status @ (408 | 425 | 429 | 500..=599), _) => {
                Ok(End::Again(format!("the server answered {status}"), head.wait))
            }
            (status, _) => {
                let meaning = match status {
                    401 | 403 => ": it does not give it out",
                    404 | 410 => ": it has no such file",
                    _ => "",
                };
                Err(self.refused(format!("expected the file, the server answered {status}{meaning}")))
            }
        }
    }

    /// The size of the whole file, which the server must not contradict.
    fn total(&self, said: Option<u64>) -> Result<Option<u64>> {
        match (self.file.size, said) {
            (Some(size), Some(said)) if size != said => {
                Err(self.refused(format!("expected a file of {size} bytes, the server has one of {said}")))
            }
            (size, said) => Ok(size.or(said)),
        }
    }

    /// Appends the chunks of the body.
    fn receive(
        &self,
        transfer: &mut Transfer,
        partial: &mut PartialFile,
        total: Option<u64>,
        control: &mut Control<'_>,
    ) -> Result<End> {
        loop {
            control.tell(Progress::Download { name: self.file.name, done: partial.len(), total });
            match transfer.next(control)? {
                Arrival::Bytes(bytes) => {
                    let most = total.unwrap_or(MOST);
                    if partial.len() + bytes.len() as u64 > most {
                        return Err(self.refused(format!("expected {most} bytes, the server sends more")));
                    }
                    partial.append(&bytes)?;
                }
                Arrival::End => {
                    return Ok(match total {
                        Some(total) if partial.len() < total => End::Again(
                            format!("the answer ended after {} of {total} bytes", partial.len()),
                            None,
                        ),
                        _ => End::Whole,
                    });
                }
                Arrival::Failed(problem) => return Ok(End::Again(problem, None)),
                Arrival::Slow(problem) => return Ok(End::Slow(problem)),
                Arrival::Refused(problem) => return Err(self.refused(problem)),
                Arrival::Head(_) => return Ok(End::Again("an answer with two heads".into(), None)),
            }
        }
    }

    fn refused(&self, problem: String) -> Error {
        Error::Refused { url: self.url.clone(), problem }
    }
}

/// The size of the whole, if a partial response continues after `bytes` of the same version.
fn follows(head: &Head, bytes: u64, tag: &str) -> Option<u64> {
    let same = head.tag.as_deref().is_none_or(|new| new == tag);
    head.range.filter(|(first, _)| *first == Some(bytes) && same).map(|(_, total)| total)
}

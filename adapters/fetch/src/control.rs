//! Progress and cancellation of long operations.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Polling interval of the cancellation flag.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// The progress of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Downloading a file.
    Download {
        /// The name of the file.
        name: &'a str,
        /// Bytes downloaded so far; fewer than before where a server started over.
        done: u64,
        /// Size of the whole file in bytes, where it is known.
        total: Option<u64>,
    },
    /// An attempt failed; it is retried after a back-off.
    Retry {
        /// Why it failed.
        problem: &'a str,
        /// The back-off: time until the next attempt.
        wait: Duration,
    },
    /// Verifying a file's checksum.
    Check {
        /// The name of the file.
        name: &'a str,
        /// Bytes read so far.
        done: u64,
        /// Size of the file in bytes.
        total: u64,
    },
    /// Unpacking an archive.
    Unpack {
        /// The name of the archive.
        name: &'a str,
        /// Bytes of the archive read so far.
        done: u64,
        /// Size of the archive in bytes.
        total: u64,
    },
}

/// How the caller observes and cancels an operation.
pub struct Control<'a> {
    /// Cancels the operation within a fraction of a second when set.
    pub cancel: &'a AtomicBool,
    /// Progress callback.
    pub watch: &'a mut dyn FnMut(Progress<'_>),
}

impl Control<'_> {
    /// Returns an error once the caller has cancelled.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }

    pub(crate) fn tell(&mut self, progress: Progress<'_>) {
        (self.watch)(progress);
    }

    /// Sleeps, unless the caller cancels.
    pub(crate) fn wait(&self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        loop {
            self.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(TICK));
        }
    }
}

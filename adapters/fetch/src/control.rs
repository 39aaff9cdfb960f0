//! What the caller of a long operation sees of it, and how it stops it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Between two looks at the flag.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Bytes of a file that are here.
    Download {
        /// The name of the file.
        name: &'a str,
        /// Bytes that are here; fewer than before where a server started over.
        done: u64,
        /// Bytes of the whole, where they are known.
        total: Option<u64>,
    },
    /// An attempt failed; another one follows.
    Retry {
        /// What happened.
        problem: &'a str,
        /// When.
        wait: Duration,
    },
    /// Bytes of a file that were compared with the published hash.
    Check {
        /// The name of the file.
        name: &'a str,
        /// Bytes that were read.
        done: u64,
        /// Bytes of the whole.
        total: u64,
    },
    /// Bytes of an archive that were read.
    Unpack {
        /// The name of the archive.
        name: &'a str,
        /// Bytes that were read.
        done: u64,
        /// Bytes of the whole.
        total: u64,
    },
}

/// The caller's hold on an operation.
pub struct Control<'a> {
    /// Stops it, within a fraction of a second.
    pub cancel: &'a AtomicBool,
    /// Is told how far it is.
    pub watch: &'a mut dyn FnMut(Progress<'_>),
}

impl Control<'_> {
    /// An error once the caller wants no more.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }

    pub(crate) fn tell(&mut self, progress: Progress<'_>) {
        (self.watch)(progress);
    }

    /// Waits, unless the caller wants no more.
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

//! The process that something with threads of its own was made in.
//!
//! A child of `fork` has a copy of its parent's memory and none of its threads: whoever waits for one of them
//! there waits for ever.

use crate::{Error, Result};

/// A process. What owns threads keeps the one that it was made in, and asks before it waits for a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u32);

impl Process {
    /// The process that this code runs in.
    pub fn current() -> Self {
        Self(std::process::id())
    }

    /// Whether this code still runs in that process, and not in a forked child of it.
    pub fn is_current(self) -> bool {
        self == Self::current()
    }

    /// Checks that this code still runs in that process.
    ///
    /// # Errors
    /// [`Error::State`] in a forked child; `what` is the name of what was made before the fork.
    pub fn check(self, what: &str) -> Result<()> {
        if self.is_current() {
            return Ok(());
        }
        Err(Error::State(format!(
            "{what}: expected to be used in process {}, which made it, found the forked child {}, which has none of its \
             threads: make a new one in the child, or start worker processes by \"spawn\" instead of \"fork\"",
            self.0,
            std::process::id()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_is_told_what_to_do() {
        assert!(Process::current().is_current() && Process::current().check("search").is_ok());
        let text = Process(u32::MAX).check("search").unwrap_err().to_string();
        assert!(text.starts_with("search: ") && text.contains("\"spawn\""), "{text}");
    }
}

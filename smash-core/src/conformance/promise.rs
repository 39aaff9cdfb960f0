//! The result of one check of a component other than an engine.

use std::fmt;

use crate::error::{Error, Result};

/// A promise of a trait, and whether it is kept.
#[derive(Debug)]
pub struct Promise {
    /// Name of the check.
    pub name: &'static str,
    /// The failure, if the promise is broken.
    pub outcome: Result<()>,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(()) => write!(f, "{}: ok", self.name),
            Err(error) => write!(f, "{}: {error}", self.name),
        }
    }
}

/// Fails with a message of what was expected and found, unless `holds`.
pub(super) fn expect(holds: bool, message: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::conformance(message())) }
}

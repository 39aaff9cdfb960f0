//! What came out of one check of a component other than an engine.

use std::fmt;

use crate::error::{Error, Result};

/// A promise of a trait, and whether it was kept.
#[derive(Debug)]
pub struct Promise {
    /// Name of the check.
    pub name: &'static str,
    /// What is wrong.
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

/// Fails with what was expected and found, unless `holds`.
pub(super) fn expect(holds: bool, message: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::conformance(message())) }
}

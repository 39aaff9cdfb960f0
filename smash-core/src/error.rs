//! The error type of this crate.

use std::fmt;

/// An error of the core; messages say what was expected, what was found, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration or an architecture breaks a rule.
    #[error("{0}")]
    Invalid(Problem),
    /// A graph could not be built, because shapes do not fit.
    #[error("graph: {0}")]
    Graph(String),
    /// Something is larger than any limit of this program allows.
    #[error("{0}")]
    Limit(String),
    /// No architecture that meets the constraints was found.
    #[error("{0}")]
    Infeasible(String),
    /// A dataset is missing, truncated or holds impossible values.
    #[error("dataset: {0}")]
    Data(String),
    /// An engine rejected a call or failed.
    #[error("backend: {0}")]
    Backend(String),
    /// Training broke down: the loss stayed non-finite.
    #[error("{0}")]
    Diverged(String),
    /// A checkpoint does not match the job that is to be resumed.
    #[error("checkpoint: {0}")]
    Checkpoint(String),
    /// A component from a dynamic library failed with an error of its own kind.
    #[error("plugin: {0}")]
    Plugin(String),
    /// A call that the current state does not allow.
    #[error("{0}")]
    State(String),
    /// A component does not keep a promise of its trait; see [`conformance`](crate::conformance).
    #[error("conformance: {0}")]
    Conformance(String),
}

impl Error {
    /// An [`Error::Invalid`] at a JSON pointer.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(Problem::new(pointer, message))
    }

    /// An [`Error::Graph`].
    pub fn graph(message: impl Into<String>) -> Self {
        Self::Graph(message.into())
    }

    /// An [`Error::Backend`].
    pub fn backend(message: impl Into<String>) -> Self {
        Self::Backend(message.into())
    }

    /// An [`Error::Conformance`].
    pub fn conformance(message: impl Into<String>) -> Self {
        Self::Conformance(message.into())
    }

    /// An [`Error::Checkpoint`].
    pub fn checkpoint(message: impl Into<String>) -> Self {
        Self::Checkpoint(message.into())
    }
}

/// One broken rule in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer to the offending value, relative to the component's own object (`""` is the object
    /// itself).
    pub pointer: String,
    /// What was expected and what was found.
    pub message: String,
}

impl Problem {
    /// A problem at `pointer`.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }

    /// The same problem with its pointer relative to a document that holds this one at `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(f, "{at}: {}", self.message)
    }
}

/// Result with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

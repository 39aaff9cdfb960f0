//! The one error of the host, and its exit codes.

use std::io;
use std::path::Path;

use smash_core::error::Problem;

/// What ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// From the library.
    #[error(transparent)]
    Plugin(#[from] smash_plugin::Error),
    /// From the downloads.
    #[error(transparent)]
    Fetch(#[from] smash_fetch::Error),
    /// A wrong call, or wrong JSON.
    #[error("{0}")]
    Usage(String),
    /// A file or its contents.
    #[error("{0}")]
    Data(String),
    /// The place that results go to.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
}

impl Error {
    /// A file that could not be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        Self::Data(format!("cannot read {}: {error}", path.display()))
    }

    /// Broken rules of a JSON document.
    pub(crate) fn problems(name: &str, problems: &[Problem]) -> Self {
        match problems {
            [problem] => Self::Usage(format!("{name}: {problem}")),
            _ => {
                let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
                Self::Usage(format!("{name}: {} problems{}", problems.len(), lines.concat()))
            }
        }
    }

    /// What the process returns.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Plugin(error) => u8::try_from(error.exit_code()).unwrap_or(1),
            Self::Fetch(smash_fetch::Error::Unknown { .. } | smash_fetch::Error::Login { .. })
            | Self::Usage(_) => 2,
            Self::Fetch(_) | Self::Data(_) | Self::Output(_) => 3,
        }
    }

    /// True when the reader of our output went away, which is its right.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<smash_core::Error> for Error {
    fn from(error: smash_core::Error) -> Self {
        Self::Plugin(error.into())
    }
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

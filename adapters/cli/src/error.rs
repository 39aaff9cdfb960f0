//! The error type of the program, and its exit codes.

use std::io;
use std::path::Path;

use smash_core::error::Problem;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// An error of the library.
    #[error(transparent)]
    Plugin(#[from] smash_plugin::Error),
    /// An error of a download.
    #[error(transparent)]
    Fetch(#[from] smash_fetch::Error),
    /// Wrong usage, or invalid JSON.
    #[error("{0}")]
    Usage(String),
    /// A file that cannot be read or has the wrong contents.
    #[error("{0}")]
    Data(String),
    /// Standard output or an output file cannot be written.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
}

impl Error {
    /// The error of a file that could not be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        Self::Data(format!("cannot read {}: {error}", path.display()))
    }

    /// The error of a file of examples, which is named in its message.
    pub(crate) fn of_file(error: smash_core::Error) -> Self {
        match error {
            smash_core::Error::Data(message) => Self::Data(message),
            other => other.into(),
        }
    }

    /// The problems of a JSON document.
    pub(crate) fn problems(name: &str, problems: &[Problem]) -> Self {
        match problems {
            [problem] => Self::Usage(format!("{name}: {problem}")),
            _ => {
                let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
                Self::Usage(format!("{name}: {} problems{}", problems.len(), lines.concat()))
            }
        }
    }

    /// The exit code of the process.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Plugin(error) => u8::try_from(error.exit_code()).unwrap_or(1),
            Self::Fetch(smash_fetch::Error::Unknown { .. } | smash_fetch::Error::Login { .. })
            | Self::Usage(_) => 2,
            Self::Fetch(_) | Self::Data(_) | Self::Output(_) => 3,
        }
    }

    /// Whether the reader of our output closed it (as `head` does), which is no error.
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

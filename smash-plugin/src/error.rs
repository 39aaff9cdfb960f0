//! The error type of this crate.

use std::fmt;
use std::path::PathBuf;

use smash_core::component::Kind;
use smash_core::error::Problem;

use crate::loader::LoadError;

/// An error; its message says what was expected, what was found, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A job breaks rules: all problems, one a line.
    #[error("{}", Lines(.0))]
    Job(Vec<Problem>),
    /// An architecture file breaks rules: all problems, with JSON pointers into the file.
    #[error("architecture: {}", Lines(.0))]
    Architecture(Vec<Problem>),
    /// A document that a host handed over breaks rules; JSON pointers lead into it.
    #[error("{name}: {}", Lines(.problems))]
    Document {
        /// The document's name in messages.
        name: &'static str,
        /// All problems.
        problems: Vec<Problem>,
    },
    /// A text is not JSON.
    #[error("{name}:{line}:{column}: {message}")]
    Syntax {
        /// The name of the text: a file, or what the caller calls it.
        name: String,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// A text is JSON, and beyond a limit on what is read.
    #[error("{name}:{line}:{column}: {message}")]
    Limit {
        /// The name of the text.
        name: String,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The limit.
        message: String,
    },
    /// An assignment `a.b=value` cannot be applied to the job.
    #[error("{assignment}: {message}")]
    Assignment {
        /// The assignment as given.
        assignment: String,
        /// What is wrong with the assignment.
        message: String,
    },
    /// No component of that kind has that id.
    #[error("{}: {message}", .kind.key())]
    Unknown {
        /// The component kind.
        kind: Kind,
        /// What was asked for, the known ids, and the nearest spelling.
        message: String,
    },
    /// Two components of one kind have the same id.
    #[error("{} {id:?} is registered twice{}", .kind.key(), Places(.by))]
    Duplicate {
        /// The component kind.
        kind: Kind,
        /// The duplicate id.
        id: String,
        /// The manifests of the plugins that bring the id; a built-in component has none.
        by: Vec<PathBuf>,
    },
    /// The schema that a component brings is itself wrong.
    #[error("{name}: the schema is not valid: {message}")]
    Schema {
        /// Kind and id of the component.
        name: String,
        /// What the schema compiler reports.
        message: String,
    },
    /// A plugin was not loaded.
    #[error("plugin {}: {fault}", .manifest.display())]
    Plugin {
        /// The manifest of the plugin.
        manifest: PathBuf,
        /// Why the plugin was refused.
        fault: LoadError,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A run folder is not what the call needs.
    #[error("{}: {message}", .path.display())]
    Run {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What was expected, what was found, what to do.
        message: String,
    },
    /// A stored file is not what was written, or its folder not the one that was opened.
    #[error("{}: {message}", .path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What was expected, what was found, what to do.
        message: String,
    },
    /// A model cannot be written in another format.
    #[error("export: {0}")]
    Export(#[from] smash_export::Error),
    /// An error of the core or of a component.
    #[error(transparent)]
    Core(#[from] smash_core::Error),
}

impl Error {
    /// An [`Error::Io`].
    pub fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }

    /// An [`Error::Run`].
    pub fn run(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self::Run { path: path.into(), message: message.into() }
    }

    /// An [`Error::Damaged`].
    pub(crate) fn damaged(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self::Damaged { path: path.into(), message: message.into() }
    }

    /// An [`Error::Syntax`], or an [`Error::Limit`] for a text that is too deep; `name` stands for the text.
    pub(crate) fn syntax(name: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string().replace(&format!(" at line {line} column {column}"), "");
        let name = name.to_owned();
        if smash_core::json::is_too_deep(error) {
            return Self::Limit { name, line, column, message };
        }
        Self::Syntax { name, line, column, message }
    }

    /// The exit code of a program that ends with this error. 2: the job, the architecture or the call is
    /// wrong. 3: data or files are missing or damaged. 1: everything else (training diverged, an engine
    /// failed).
    pub fn exit_code(&self) -> i32 {
        use smash_core::Error as Core;
        match self {
            Self::Job(_)
            | Self::Architecture(_)
            | Self::Document { .. }
            | Self::Syntax { .. }
            | Self::Limit { .. }
            | Self::Assignment { .. }
            | Self::Unknown { .. }
            | Self::Run { .. }
            | Self::Export(_)
            | Self::Core(Core::Invalid(_) | Core::Infeasible(_) | Core::Limit(_) | Core::State(_)) => 2,
            Self::Io { .. }
            | Self::Damaged { .. }
            | Self::Plugin { .. }
            | Self::Core(Core::Data(_) | Core::Checkpoint(_)) => 3,
            Self::Duplicate { .. } | Self::Schema { .. } | Self::Core(_) => 1,
        }
    }

    /// A core error of the component at the JSON pointer `prefix` in a job.
    pub(crate) fn under(error: smash_core::Error, prefix: &str) -> Self {
        match error {
            smash_core::Error::Invalid(problem) => Self::Job(vec![problem.under(prefix)]),
            other => Self::Core(other),
        }
    }
}

/// Formats problems, one a line.
struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// Formats the manifests of a duplicate id.
struct Places<'a>(&'a [PathBuf]);

impl fmt::Display for Places<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            [one] => write!(f, ": by this program and by {}", one.display()),
            [one, other, ..] => write!(f, ": by {} and by {}", one.display(), other.display()),
        }
    }
}

/// Result with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

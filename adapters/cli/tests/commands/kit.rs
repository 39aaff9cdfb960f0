//! Running the built program in a folder of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The built program.
pub(crate) const SMASH: &str = env!("CARGO_BIN_EXE_smash");

/// A job that takes a second or two.
pub(crate) const SMALL: &str = r#"{
    "seed": 1,
    "dataset": {"type": "digits"},
    "strategy": {
        "type": "smash", "epochs": 1, "batch": 100,
        "scoring": {"examples": 100, "calibration": 50},
        "search": {"random": 4, "perturbation": 2, "chain": 2}
    },
    "retrain": {"epochs": 1, "batch": 100},
    "threads": 1
}"#;

/// A temporary folder that the program runs in.
pub(crate) struct Place(TempDir);

impl Place {
    /// A folder with `small.json`.
    pub(crate) fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        place.write("small.json", SMALL);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The program, to be run here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(SMASH);
        command.args(args).current_dir(self.0.path()).env_remove("SMASH_DATA");
        // A proxy does not reach a server of a test.
        command.env("NO_PROXY", "127.0.0.1");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        Done::from(self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs with a text on standard input.
    pub(crate) fn feed(&self, args: &[&str], text: &str) -> Done {
        let mut command = self.command(args);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Done::from(child.wait_with_output().unwrap())
    }

    /// Runs and expects exit code 0; returns standard output.
    pub(crate) fn good(&self, args: &[&str]) -> String {
        let done = self.run(args);
        assert_eq!(done.code, 0, "{args:?}: {}", done.err);
        done.out
    }

    /// Runs and expects one error with this exit code and these fragments; returns it.
    pub(crate) fn bad(&self, args: &[&str], code: i32, fragments: &[&str]) -> String {
        let done = self.run(args);
        done.expect_error(code, fragments, &format!("{args:?}"));
        done.err
    }

    /// Names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.0.path())
    }
}

/// Sorted names in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    /// One error, well formed, and nothing else.
    pub(crate) fn expect_error(&self, code: i32, fragments: &[&str], what: &str) {
        let text = &self.err;
        assert_eq!(self.code, code, "{what}: {text}");
        assert!(!text.contains("panicked"), "{what}: {text}");
        assert_eq!(text.matches("error:").count(), 1, "{what}: {text}");
        assert!(text.starts_with("error: "), "{what}: {text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("  ")), "{what}: {text}");
        for fragment in fragments {
            assert!(text.contains(fragment), "{what}: expected {fragment:?} in: {text}");
        }
    }
}

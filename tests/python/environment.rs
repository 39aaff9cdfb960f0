//! Environments of Python, kept under target.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::wheels::wheels;

/// What checks the package, what runs what it exports, and the programs that its hosts are for.
const PACKAGES: [&str; 17] = [
    "ConfigSpace==1.2.2",
    "auditwheel==6.8.2",
    "hypothesis==6.170.17",
    "ipykernel==7.4.0",
    "matplotlib==3.11.2",
    "mypy==2.4.1",
    "nbclient==0.11.0",
    "nbformat==5.11.1",
    "nevergrad==1.0.12",
    "numpy==2.4.6",
    "onnxruntime==1.32.0",
    "optuna==5.0.0",
    "pytest==9.2.0",
    "ray[tune]==2.60.0",
    "scikit-learn==1.9.1",
    "syne-tune==0.16.0",
    "tqdm==4.70.1",
];

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap()
}

/// What a command says, which must succeed.
pub(crate) fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{text}{error}", output.status);
    text
}

/// An environment of Python.
pub(crate) struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The one that the package is checked in, with its wheel; `None`, and a line that says who is skipped,
    /// where it cannot be made.
    pub(crate) fn of_tests(test: &str) -> Option<&'static Self> {
        static ENVIRONMENT: OnceLock<Result<Environment, String>> = OnceLock::new();
        let made = ENVIRONMENT.get_or_init(|| {
            let environment = Self::make("python3", "python-venv", &PACKAGES)?;
            environment.install(&wheels().package);
            Ok(environment)
        });
        if let Err(reason) = made {
            println!("SKIP {test}: no Python environment, {reason} (install Python 3.11 with venv)");
        }
        made.as_ref().ok()
    }

    /// One with these packages, made by a Python.
    pub(crate) fn make(python: &str, name: &str, packages: &[&str]) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut make = Command::new(python);
        make.arg(root().join("tests/hosts/environment.py")).arg(&folder).args(packages);
        let output = make.output().map_err(|e| e.to_string())?;
        if output.status.success() {
            return Ok(Self { folder });
        }
        Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned())
    }

    /// Installs a wheel over what an earlier run left; what it needs is there.
    pub(crate) fn install(&self, wheel: &Path) {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"];
        said(self.python().args(pip).args(["--no-deps", "--force-reinstall"]).arg(wheel));
        said(self.python().args(["-m", "pip", "check", "--disable-pip-version-check"]));
    }

    /// Its Python, away from the sources, which it does not write to.
    pub(crate) fn python(&self) -> Command {
        let mut python = Command::new(self.folder.join("bin/python"));
        python.arg("-B").current_dir(&self.folder);
        for variable in ["PYTHONPATH", "PYTHONHOME", "SMASH_LIBRARY", "LD_LIBRARY_PATH"] {
            python.env_remove(variable);
        }
        python
    }
}

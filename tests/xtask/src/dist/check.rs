//! Whether two builds of one commit are the same, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{cargo, read, root};

/// Fails where the working tree is not what the last commit has: a clone would differ.
pub(super) fn is_clean() -> Result<(), String> {
    let output = Command::new("git").args(["status", "--porcelain"]).current_dir(root()).output();
    let output = output.map_err(|e| format!("git could not be started: {e}"))?;
    if output.status.success() && output.stdout.is_empty() {
        return Ok(());
    }
    Err("the check builds the last commit a second time: commit or stash your changes first".into())
}

/// Builds again from a clone, with another path and nothing built before, and compares. The folder stays when
/// they differ.
pub(super) fn again(target: Option<&str>, archives: &[PathBuf]) -> Result<(), String> {
    let folder = archives.first().and_then(|path| path.parent()).unwrap_or(Path::new("."));
    let work = folder.join("check");
    let clone = work.join("in/another/folder");
    remove(&work)?;
    let mut git = Command::new("git");
    git.args(["clone", "--quiet", "--no-hardlinks"]).arg(root()).arg(&clone);
    finish(git, "the clone could not be made")?;

    let mut build = cargo();
    build.current_dir(&clone).env_remove("CARGO_TARGET_DIR").args(["xtask", "dist"]);
    build.args(target.map(|target| format!("--target={target}")));
    finish(build, "the clone could not be packed")?;

    let mut different = Vec::new();
    for archive in archives {
        let name = archive.file_name().unwrap_or_default();
        if read(archive)? != read(&clone.join("target/dist").join(name))? {
            different.push(format!("{}", archive.display()));
        }
    }
    if different.is_empty() {
        println!("a build in another folder gave the same bytes");
        return remove(&work);
    }
    Err(format!("a build in another folder gave other bytes ({}): {}", clone.display(), different.join(", ")))
}

fn finish(mut command: Command, otherwise: &str) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{otherwise}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{otherwise} ({status})")) }
}

fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {e}", folder.display())),
        _ => Ok(()),
    }
}

//! The workspace and the tools that work on it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// The cargo that started this program, in the root of the workspace; without what it said of this package:
/// build scripts that look at such variables (ring's) would run again.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command.current_dir(root());
    command
}

/// The cargo of the nightly toolchain, the only one that Miri and sanitizers come with.
pub(crate) fn nightly() -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]).current_dir(root());
    command
}

/// The version of all packages.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file of the repository.
pub(crate) fn repository_file(path: &str) -> Result<Vec<u8>, String> {
    read(&root().join(path))
}

/// A file; the error names it.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Makes a folder that has nothing in it.
pub(crate) fn emptied(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => fs::create_dir_all(folder),
    }
    .map_err(|e| format!("{}: {e}", folder.display()))
}

/// The root of the workspace, two folders above this package.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package)
}

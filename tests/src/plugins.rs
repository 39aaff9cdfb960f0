//! Plugins that are built by the tests, and where they are installed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use smash_plugin::loader;
use tempfile::TempDir;

/// A folder that only its owner can write to, with a library and its manifest; the manifest's path.
pub fn installed(library: &Path) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let manifest = with_manifest(library, folder.path(), "sample.smash.json");
    (folder, manifest)
}

/// Copies a library into a folder and writes its manifest.
pub fn with_manifest(library: &Path, folder: &Path, name: &str) -> PathBuf {
    let copy = folder.join(library.file_name().unwrap());
    fs::copy(library, &copy).unwrap();
    fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
    let manifest = loader::describe(&copy).unwrap();
    let path = folder.join(name);
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    path
}

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Builds a sample plugin in C with the system's compiler, which is to know no more than `smash.h`. `None`:
/// there is none.
pub fn build_c(source: &str) -> Option<(TempDir, PathBuf)> {
    let root = root();
    let folder = TempDir::new().unwrap();
    let library = folder.path().join("libsample.so");
    let flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC"];
    let mut command = Command::new("cc");
    command.args(flags).arg("-I").arg(root.join("smash-plugin/include"));
    command.arg(root.join("tests/plugins").join(source)).arg("-o").arg(&library);
    let output = command.output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((folder, library))
}

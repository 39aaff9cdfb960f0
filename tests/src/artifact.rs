//! Programs and libraries of the workspace, built like the test that asks for one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// What cargo says of the programs and libraries of every package. Cargo hands a test only the programs of
/// its own package, so it is asked to build the others. All at once: a package by itself has dependencies
/// with fewer features, which would be compiled again. When the workspace was built, only linking is left.
fn artifacts() -> &'static [Value] {
    static ARTIFACTS: OnceLock<Vec<Value>> = OnceLock::new();
    ARTIFACTS.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().find(|path| path.ends_with("deps")).unwrap().parent().unwrap();
        let profile = folder.file_name().unwrap().to_str().unwrap();
        let profile = if profile == "debug" { "dev" } else { profile };
        let mut command = cargo();
        command.args(["build", "--quiet", "--workspace", "--message-format=json", "--profile", profile]);
        if !has_libtorch() {
            command.args(["--exclude", "smash-backend-tch"]);
        }
        command.env("CARGO_TARGET_DIR", folder.parent().unwrap());
        let output = command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8(output.stdout).unwrap();
        let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        messages.filter(|message| message["reason"] == "compiler-artifact").collect()
    })
}

/// Cargo, without what the cargo that began this test said of its package: build scripts that look at such
/// variables (ring's) would run again.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command
}

/// Whether packages that need libtorch can be built.
pub fn has_libtorch() -> bool {
    // Cargo names the folder, whether or not anything is in it.
    let folder = std::env::var_os("LIBTORCH").map(PathBuf::from);
    folder.is_some_and(|folder| folder.join("lib/libtorch_cpu.so").is_file())
        || std::env::var_os("LIBTORCH_USE_PYTORCH").is_some()
}

/// The file that a package is built to, of the given kind.
fn file(package: &str, kind: &str, is_wanted: impl Fn(&Path) -> bool) -> PathBuf {
    let is_of_package = |message: &&Value| {
        let id = message["package_id"].as_str().unwrap();
        // `…/folder#name@version`, or `…/name#version` where the folder has the name.
        id.contains(&format!("#{package}@")) || id.contains(&format!("/{package}#"))
    };
    let of_kind = |message: &&Value| message["target"]["kind"].as_array().unwrap().contains(&kind.into());
    let ours = artifacts().iter().filter(is_of_package).filter(of_kind);
    let files = ours.flat_map(|message| message["filenames"].as_array().unwrap());
    let mut files = files.map(|file| PathBuf::from(file.as_str().unwrap())).filter(|file| is_wanted(file));
    files.next_back().unwrap_or_else(|| panic!("{package} has no {kind}"))
}

/// The program of a package.
pub fn program(package: &str) -> PathBuf {
    file(package, "bin", |_| true)
}

/// The dynamic library of a package.
pub fn library(package: &str) -> PathBuf {
    file(package, "cdylib", |file| {
        file.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION)
    })
}

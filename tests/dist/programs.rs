//! Programs that are built against the unpacked archive, and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::package::{VERSION, has, said, unpacked};

/// A copy of the sources, away from the repository.
fn sources() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/consumer");
    for file in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn runs(program: &Path, begins: &str) {
    // Nothing but what was linked says where the library is.
    let text = said(Command::new(program).env_remove("LD_LIBRARY_PATH"));
    assert!(text.starts_with(&format!("SMASH {VERSION}: {begins}")), "{text}");
}

#[test]
#[ignore = "links the library and the command"]
fn a_program_that_cmake_builds() {
    if !has("cmake", "a_program_that_cmake_builds") || !has("c++", "a_program_that_cmake_builds") {
        return;
    }
    let (_folder, place) = sources();
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", unpacked().display());
    said(Command::new("cmake").args(["-S", ".", "-B", "build", &prefix]).current_dir(&place));
    said(Command::new("cmake").args(["--build", "build"]).current_dir(&place));
    runs(&place.join("build/host"), "[{\"trial_id\":1");
    runs(&place.join("build/host_cpp"), "[{\"trial_id");
}

#[test]
#[ignore = "links the library and the command"]
fn a_program_that_pkg_config_helps_to_build() {
    let name = "a_program_that_pkg_config_helps_to_build";
    if !has("pkg-config", name) || !has("make", name) || !has("cc", name) {
        return;
    }
    let (_folder, place) = sources();
    let pkg_config = unpacked().join("lib/pkgconfig");
    said(Command::new("make").arg("host").env("PKG_CONFIG_PATH", &pkg_config).current_dir(&place));
    runs(&place.join("host"), "[{\"trial_id\":1");
    let version = ["--modversion", "smash"];
    let version = said(Command::new("pkg-config").args(version).env("PKG_CONFIG_PATH", &pkg_config));
    assert_eq!(version.trim(), VERSION);
}

#[test]
#[ignore = "links the library and the command"]
fn the_command_runs() {
    let text = said(Command::new(unpacked().join("bin/smash")).arg("--version"));
    assert!(text.contains(VERSION), "{text}");
}

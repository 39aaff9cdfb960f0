//! The library and the command, as cargo builds them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use super::metadata::Metadata;
use super::paths;
use super::platform::Platform;
use super::toolchain::Rust;
use crate::libtorch;
use crate::workspace::cargo;

/// The profile of what is handed out. Any other one is for looking at the layout: its files may hold paths
/// of the machine that built them.
pub(super) const PROFILE: &str = "dist";

/// What builds.
pub(super) struct Compiler<'a> {
    pub(super) profile: &'a str,
    /// The platform to build for; absent: this one.
    pub(super) target: Option<&'a str>,
    pub(super) rust: &'a Rust,
    pub(super) metadata: &'a Metadata,
}

impl Compiler<'_> {
    /// Builds both; the folder that they are in.
    pub(super) fn build(&self, platform: &Platform) -> Result<PathBuf, String> {
        for packages in platform.builds() {
            self.packages(packages)?;
        }
        let mut folder = self.metadata.target_folder.clone();
        folder.extend(self.target);
        Ok(folder.join(if self.profile == "dev" { "debug" } else { self.profile }))
    }

    /// Builds packages at once.
    pub(super) fn packages(&self, packages: &[&str]) -> Result<(), String> {
        let mut command = cargo();
        command.args(["build", "--locked", "--profile", self.profile]);
        if self.profile == PROFILE {
            command.args(packages.iter().flat_map(|package| ["--package", package]));
        } else {
            // As tests build: packages by themselves have dependencies with fewer features, compiled again.
            command.arg("--workspace").args(libtorch::exclusions());
        }
        command.args(self.target.map(|target| format!("--target={target}")));
        if self.profile == PROFILE {
            without_paths(&mut command, self.rust, self.metadata);
        }
        let status = command.status().map_err(|e| format!("cargo could not be started: {e}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("{} does not build ({status})", packages.join(" or ")))
        }
    }
}

/// Keeps paths of this machine out. It replaces flags of the user (`RUSTFLAGS`, `CFLAGS`): what is handed out
/// does not depend on who builds it.
fn without_paths(command: &mut Command, rust: &Rust, metadata: &Metadata) {
    let own = paths::own(metadata, rust);
    let mut flags = Vec::new();
    let mut c_flags = Vec::new();
    for (path, name) in &own {
        flags.push(format!("--remap-path-prefix={}={name}", path.display()));
        c_flags.push(format!("-ffile-prefix-map={}={name}", path.display()));
    }
    // Separated by a character that is in no path, as paths may have spaces.
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    // The encryption of the command has parts in C, the engine over libtorch in C++. A path with a space
    // would be taken for two flags.
    c_flags.retain(|flag| !flag.contains(' '));
    for variable in ["CFLAGS", "CXXFLAGS"] {
        command.env(variable, OsStr::new(&c_flags.join(" ")));
    }
}

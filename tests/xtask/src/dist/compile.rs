//! The library and the command, as cargo builds them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use super::metadata::Metadata;
use super::{PROFILE, paths};
use crate::workspace::cargo;

/// The compiler.
pub(super) struct Rust {
    pub(super) host: String,
    pub(super) commit: String,
    pub(super) sysroot: PathBuf,
}

impl Rust {
    pub(super) fn ask() -> Result<Self, String> {
        let version = rustc(&["-vV"])?;
        let field = |name: &str| {
            let line = version.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.map(str::to_owned).ok_or_else(|| format!("rustc -vV does not say its {name}"))
        };
        let sysroot = rustc(&["--print", "sysroot"])?;
        Ok(Self {
            host: field("host")?,
            commit: field("commit-hash")?,
            sysroot: PathBuf::from(sysroot.trim_end()),
        })
    }
}

fn rustc(arguments: &[&str]) -> Result<String, String> {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(program).args(arguments).output().map_err(|e| format!("rustc: {e}"))?;
    String::from_utf8(output.stdout).map_err(|e| format!("rustc: {e}"))
}

/// Builds both; the folder that they are in.
pub(super) fn build(
    profile: &str,
    target: Option<&str>,
    rust: &Rust,
    metadata: &Metadata,
) -> Result<PathBuf, String> {
    let mut command = cargo();
    command.args(["build", "--locked", "--package", "smash-cdylib", "--package", "smash-cli"]);
    command.args(["--profile", profile]);
    let mut folder = metadata.target_folder.clone();
    if let Some(target) = target {
        command.args(["--target", target]);
        folder.push(target);
    }
    if profile == PROFILE {
        without_paths(&mut command, rust, metadata);
    }
    let status = command.status().map_err(|e| format!("cargo could not be started: {e}"))?;
    if !status.success() {
        return Err(format!("the library or the command does not build ({status})"));
    }
    Ok(folder.join(if profile == "dev" { "debug" } else { profile }))
}

/// Keeps paths of this machine out. It replaces flags of the user (`RUSTFLAGS`, `CFLAGS`): what is handed out does
/// not depend on who builds it.
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
    // The encryption of the command has parts in C. A path with a space would be taken for two flags.
    c_flags.retain(|flag| !flag.contains(' '));
    command.env("CFLAGS", OsStr::new(&c_flags.join(" ")));
}

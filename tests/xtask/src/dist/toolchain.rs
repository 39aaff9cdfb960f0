//! The compiler that builds.

use std::path::PathBuf;
use std::process::Command;

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

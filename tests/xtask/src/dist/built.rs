//! What is packed, built.

use std::path::{Path, PathBuf};

use super::compile::{Compiler, PROFILE};
use super::layout::Binary;
use super::metadata::Metadata;
use super::paths;
use super::platform::Platform;
use super::symbols::{self, Split};
use super::toolchain::Rust;

/// The library and the command, and what is known of their build.
pub(super) struct Built {
    pub(super) platform: Platform,
    pub(super) metadata: Metadata,
    pub(super) rust: Rust,
    /// The folder that they are in.
    pub(super) binaries: PathBuf,
    profile: String,
}

impl Built {
    /// Builds them.
    pub(super) fn make(profile: &str, target: Option<&str>) -> Result<Self, String> {
        let rust = Rust::ask()?;
        let platform = Platform::of(target.unwrap_or(&rust.host));
        let metadata = Metadata::read(&platform.target)?;
        let compiler = Compiler { profile, target, rust: &rust, metadata: &metadata };
        let binaries = compiler.build(&platform)?;
        Ok(Self { platform, metadata, rust, binaries, profile: profile.to_owned() })
    }

    /// Builds another package for this platform, into the same folder.
    pub(super) fn also(&self, package: &str) -> Result<(), String> {
        let Self { profile, rust, metadata, .. } = self;
        Compiler { profile, target: None, rust, metadata }.packages(&[package])
    }

    /// Where something is packed: what is handed out lies in the folder itself, other profiles in one of
    /// theirs.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.metadata.target_folder.join(name);
        if self.profile == PROFILE { folder } else { folder.join(&self.profile) }
    }

    /// A file without its symbols, which hold no path of this machine where it is handed out.
    pub(super) fn split(&self, binary: &Binary, work: &Path) -> Result<Split, String> {
        self.refuse_paths(&binary.source)?;
        symbols::split(&self.platform, binary, work)
    }

    /// Fails when a file that is handed out holds a path of this machine.
    pub(super) fn refuse_paths(&self, file: &Path) -> Result<(), String> {
        if self.profile == PROFILE {
            paths::refuse(file, &paths::own(&self.metadata, &self.rust))
        } else {
            Ok(())
        }
    }
}

//! The parts of `smash-nas-torch`: the engine over libtorch, which finds libtorch where PyTorch is installed.

use std::path::Path;
use std::process::Command;

use crate::dist::archive::Archive;
use crate::dist::built::Built;
use crate::dist::layout::Binary;
use crate::dist::{licences, symbols};
use crate::libtorch;
use crate::workspace::read;

use super::parts::Parts;
use super::platform_tag;
use super::tools::Tools;

const LIBRARY: &str = "libsmash_backend_tch.so";
/// What `smash plugin manifest` writes beside it.
const MANIFEST: &str = "smash-backend-tch.smash.json";
/// From `smash_nas_torch/lib` to the libraries of the package `torch`, which is installed beside it.
const RUN_PATH: &str = "$ORIGIN/../../torch/lib";

pub(super) fn parts(built: &Built, folder: &Path) -> Result<Parts, String> {
    if !libtorch::is_there() {
        return Err("wheel: expected libtorch, found none: `cargo xtask libtorch` fetches it".into());
    }
    built.also(libtorch::PACKAGE)?;
    let work = folder.join("work");
    let library = Binary { source: built.binaries.join(LIBRARY), place: format!("package/lib/{LIBRARY}") };
    symbols::split(&built.platform, &library, &work)?;
    let stripped = work.join(LIBRARY);
    // It was linked for this machine's libtorch.
    Tools::fetch(&built.metadata.target_folder)?.set_run_path(&stripped, RUN_PATH)?;
    built.refuse_paths(&stripped)?;
    manifest(&built.binaries.join(built.platform.program()), &stripped)?;

    let mut archive = Archive::default();
    archive.executable(&library.place, read(&stripped)?);
    archive.file(&format!("package/lib/{MANIFEST}"), read(&work.join(MANIFEST))?);
    licences::fill_plugin(&mut archive, "package/licenses", libtorch::PACKAGE, &built.metadata, &built.rust)?;
    let tag = platform_tag::of(&built.platform.target, &[&library.source])?;
    Parts::write(archive, tag, &folder.join("parts/smash-nas-torch"))
}

/// Writes the manifest beside the library: it holds a checksum, so nothing may change the library afterwards.
fn manifest(command: &Path, library: &Path) -> Result<(), String> {
    let mut manifest = Command::new(command);
    manifest.args(["plugin", "manifest"]).arg(library);
    manifest.arg(format!("--requires=libtorch={}", libtorch::VERSION));
    // No torch is installed beside the library here.
    manifest.envs(libtorch::libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
    let output = manifest.output().map_err(|e| format!("{}: {e}", command.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("smash plugin manifest: {}", String::from_utf8_lossy(&output.stderr).trim_end()))
}

//! `cargo xtask dist`: what is handed out, as one archive, and its debug symbols as another.

mod archive;
mod built;
mod check;
mod compile;
mod layout;
mod licences;
mod metadata;
mod paths;
mod platform;
mod symbols;
mod toolchain;
pub(crate) mod wheel;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::workspace::VERSION;
use archive::Archive;
use built::Built;
use compile::PROFILE;

/// How the archives are made.
#[derive(Args)]
pub(crate) struct Options {
    /// Build a second time, from a clone of the last commit in another folder, and compare the bytes.
    #[arg(long)]
    check: bool,
    /// Pack what this profile builds; `release` takes seconds after other builds, and its files are larger.
    #[arg(long, default_value = PROFILE, conflicts_with = "check")]
    profile: String,
    /// The platform to build for; absent: this one.
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

/// Builds and packs; prints the archives' paths.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    if options.check {
        check::is_clean()?;
    }
    let archives = pack(options)?;
    if options.check { check::again(options.target.as_deref(), &archives) } else { Ok(()) }
}

/// Writes the archives and, beside each, its checksum.
fn pack(options: &Options) -> Result<Vec<PathBuf>, String> {
    let built = Built::make(&options.profile, options.target.as_deref())?;
    let folder = built.folder("dist");
    let (mut packed, mut debug) = (Archive::default(), Archive::default());
    for binary in layout::binaries(&built.platform, &built.binaries)? {
        let split = built.split(&binary, &folder.join("work"))?;
        packed.executable(&binary.place, split.stripped);
        if let Some((place, bytes)) = split.debug {
            debug.file(&place, bytes);
        }
    }
    layout::fill(&mut packed, &built.platform, &built.binaries)?;
    licences::fill(&mut packed, "share/licenses/smash", &built.metadata, &built.rust)?;
    packed.sums();

    let name = format!("smash-{VERSION}-{}", built.platform.target);
    let mut written = vec![write(&packed, &folder, &name, &name)?];
    if !debug.is_empty() {
        // Unpacked in the same place, the symbols lie where debuggers look for them.
        written.push(write(&debug, &folder, &name, &format!("{name}-debug"))?);
    }
    Ok(written)
}

/// Writes `FILE.tar.gz`, whose content is in the folder `name`, and `FILE.tar.gz.sha256`.
fn write(archive: &Archive, folder: &Path, name: &str, file: &str) -> Result<PathBuf, String> {
    let file = format!("{file}.tar.gz");
    let bytes = archive.compressed(name).map_err(|e| format!("{file}: {e}"))?;
    let sum = format!("{}  {file}\n", archive::sha256(&bytes));
    let path = folder.join(&file);
    for (path, bytes) in [(&path, &bytes[..]), (&folder.join(format!("{file}.sha256")), sum.as_bytes())] {
        fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    println!("{} ({:.1} MB)", path.display(), bytes.len() as f64 / 1e6);
    Ok(path)
}

//! `cargo xtask wheel`: the Python package with the library and the command in it, and the engine over
//! libtorch as a package of its own.

mod engine;
mod library;
mod parts;
mod platform_tag;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::built::Built;
use super::compile::PROFILE;
use crate::libtorch;
use crate::workspace::root;
use parts::Parts;
use tools::Tools;

/// How wheels are made.
#[derive(Args)]
pub(crate) struct Options {
    /// Pack what this profile builds; `release` takes seconds after other builds, and its files are larger.
    #[arg(long, default_value = PROFILE)]
    profile: String,
    /// Only lay out what is compiled of this package, and print the folder: what its build hook asks for.
    #[arg(long, value_name = "PACKAGE", value_enum)]
    parts: Option<Package>,
}

/// A package for Python.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Package {
    SmashNas,
    SmashNasTorch,
}

impl Package {
    /// The folder of its sources.
    fn sources(self) -> PathBuf {
        root().join(if self == Self::SmashNas { "adapters/python" } else { "adapters/python-torch" })
    }

    fn parts(self, built: &Built, work: &Path) -> Result<Parts, String> {
        if self == Self::SmashNas { library::parts(built, work) } else { engine::parts(built, work) }
    }
}

/// Builds and packs; prints the wheels' paths.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    if cfg!(not(all(target_os = "linux", target_env = "gnu"))) {
        return Err(
            "wheel: expected Linux with glibc, found another system: wheels are made there only".into()
        );
    }
    let built = Built::make(&options.profile, None)?;
    let folder = built.folder("wheel");
    if let Some(package) = options.parts {
        println!("{}", package.parts(&built, &folder)?.folder.display());
        return Ok(());
    }
    wheel(Package::SmashNas, &built, &folder)?;
    if !libtorch::is_there() {
        println!("libtorch: not there, so no wheel of {}", libtorch::PACKAGE);
        return Ok(());
    }
    wheel(Package::SmashNasTorch, &built, &folder)
}

/// Packs a package.
fn wheel(package: Package, built: &Built, folder: &Path) -> Result<(), String> {
    let parts = package.parts(built, folder)?;
    let tools = Tools::fetch(&built.metadata.target_folder)?;
    let made = tools.wheel(&package.sources(), &parts.folder, &folder.join("work/wheel"))?;
    let path = folder.join(made.file_name().unwrap_or_default());
    remove_others(&path)?;
    fs::rename(&made, &path).map_err(|e| format!("{}: {e}", path.display()))?;
    let size = fs::metadata(&path).map_err(|e| format!("{}: {e}", path.display()))?.len();
    println!("{} ({:.1} MB)", path.display(), size as f64 / 1e6);
    Ok(())
}

/// Removes earlier wheels of the package: with another version or platform they would stay beside this one.
fn remove_others(wheel: &Path) -> Result<(), String> {
    let distribution = |path: &Path| Some(path.file_name()?.to_str()?.split_once('-')?.0.to_owned());
    for file in fs::read_dir(wheel.parent().unwrap_or(Path::new("."))).into_iter().flatten().flatten() {
        let path = file.path();
        if path.extension().is_some_and(|extension| extension == "whl")
            && path != wheel
            && distribution(&path) == distribution(wheel)
        {
            fs::remove_file(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(())
}

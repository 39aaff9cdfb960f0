//! `cargo xtask libtorch`: downloads libtorch from PyPI for the crates that need it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::workspace::root;

/// The package that needs libtorch.
pub(crate) const PACKAGE: &str = "smash-backend-tch";

/// Its release.
pub(crate) const VERSION: &str = "2.11.0";
const WHEELS: &str = include_str!("libtorch/wheels.txt");
const UNPACK: &str = include_str!("libtorch/unpack.py");

/// What is unpacked of the wheels; `libtorch_cpu.so` finds the rest where it lies beside it here, as in the
/// wheels. The second half is PyTorch for Python 3.11, which tests of exported networks run, without CUDA.
const PARTS: [&str; 14] = [
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libgomp.so.1",
    "torch/include/*",
    "nvidia/cu13/lib/libcudart.so.13",
    "nvidia/cu13/lib/libcupti.so.13",
    PYTHON,
    "torch/lib/libshm.so",
    "torch/lib/libc10_cuda.so",
    "torch/lib/libtorch_global_deps.so",
    "torch/_C.*.so",
    "torch/bin/torch_shm_manager",
    "torch/*.py",
    "torchgen/*.py",
];
const PYTHON: &str = "torch/lib/libtorch_python.so";

/// The libtorch that builds use.
enum Place {
    /// A libtorch of the user's, named by an environment variable.
    User(&'static str),
    /// The one that this command downloads.
    Ours(PathBuf),
}

/// The folder of the download. `.cargo/config.toml` names it too, so that every build finds it.
fn folder() -> PathBuf {
    root().join("target/libtorch")
}

fn place() -> Place {
    let ours = folder();
    if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        return Place::User("LIBTORCH_USE_PYTORCH");
    }
    match env::var_os("LIBTORCH") {
        Some(path) if Path::new(&path) != ours.join("torch") => Place::User("LIBTORCH"),
        _ => Place::Ours(ours),
    }
}

/// Whether crates that need libtorch can be built.
pub(crate) fn is_there() -> bool {
    match place() {
        Place::User(_) => true,
        Place::Ours(folder) => is_complete(&folder),
    }
}

/// The folder of the libraries, for programs that link them; `None` where only Python knows it.
pub(crate) fn libraries() -> Option<PathBuf> {
    match place() {
        Place::Ours(folder) => Some(folder.join("torch/lib")),
        Place::User("LIBTORCH") => env::var_os("LIBTORCH").map(|path| PathBuf::from(path).join("lib")),
        Place::User(_) => None,
    }
}

/// Whether the download is complete: the version file is written last.
fn is_complete(folder: &Path) -> bool {
    fs::read_to_string(folder.join("torch/build-version")).is_ok_and(|version| version.trim() == VERSION)
        && folder.join(PYTHON).exists()
}

/// Arguments for cargo that exclude the packages that cannot be built here.
pub(crate) fn exclusions() -> &'static [&'static str] {
    if is_there() {
        return &[];
    }
    println!("libtorch: not there, so {PACKAGE} is left out; `cargo xtask libtorch` fetches it");
    &["--exclude", PACKAGE]
}

/// Downloads libtorch unless it exists.
pub(crate) fn run() -> Result<(), String> {
    let folder = match place() {
        Place::User(variable) => {
            println!("libtorch: {variable} is set, nothing to fetch");
            return Ok(());
        }
        Place::Ours(folder) if is_complete(&folder) => {
            println!("libtorch: {VERSION} is in {}", folder.display());
            return Ok(());
        }
        Place::Ours(folder) => folder,
    };
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(
            "libtorch: the known wheels are for Linux on x86-64; set LIBTORCH to a libtorch 2.11.0".into()
        );
    }
    let start = Instant::now();
    // Unpacked under a temporary name and renamed when complete.
    let work = folder.with_file_name("libtorch.part");
    clear(&work)?;
    fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
    fetch(&work)?;
    let new = work.join("new");
    let unpack = write(&work.join("unpack.py"), UNPACK)?;
    finish(Command::new("python3").arg(unpack).arg(work.join("wheels")).arg(&new).args(PARTS))?;
    #[cfg(unix)]
    std::os::unix::fs::symlink("libtorch_cpu.so", new.join("torch/lib/libtorch.so"))
        .map_err(|e| format!("libtorch.so: {e}"))?;
    write(&new.join("torch/build-version"), &format!("{VERSION}\n"))?;
    clear(&folder)?;
    fs::rename(&new, &folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    clear(&work)?;
    println!("libtorch: {VERSION} is in {}, after {:.0} s", folder.display(), start.elapsed().as_secs_f64());
    Ok(())
}

/// Downloads the wheels with pip, which verifies their hashes, whatever the Python version here.
fn fetch(work: &Path) -> Result<(), String> {
    let requirements = write(&work.join("wheels.txt"), WHEELS)?;
    println!("libtorch: fetching torch {VERSION} and two small libraries, 520 MiB");
    let mut pip = pip(work)?;
    pip.args(["download", "--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version=3.11"]);
    for platform in ["manylinux_2_28_x86_64", "manylinux_2_25_x86_64", "manylinux2014_x86_64"] {
        pip.args(["--platform", platform]);
    }
    finish(pip.arg("--requirement").arg(requirements).arg("--dest").arg(work.join("wheels")))
}

/// The pip of the system, or of a virtual environment made for this.
fn pip(work: &Path) -> Result<Command, String> {
    let found = Command::new("python3").args(["-m", "pip", "--version"]).output();
    let python = if found.is_ok_and(|output| output.status.success()) {
        PathBuf::from("python3")
    } else {
        let environment = work.join("venv");
        finish(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        environment.join("bin/python")
    };
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]);
    Ok(pip)
}

fn write(path: &Path, text: &str) -> Result<PathBuf, String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path.to_path_buf())
}

fn clear(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {e}", folder.display())),
        _ => Ok(()),
    }
}

/// Runs a program to its end; an error when it fails.
fn finish(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|e| format!("{program} could not be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed ({status})")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wheel_is_pinned_by_a_hash() {
        let lines = WHEELS.lines().filter(|line| !line.starts_with('#'));
        let pinned = lines.map(|line| {
            let (name, hash) = line.split_once(" --hash=sha256:").unwrap();
            assert!(name.contains("==") && hash.len() == 64, "{line}");
        });
        assert_eq!(pinned.count(), 3);
        assert!(WHEELS.contains(&format!("torch=={VERSION} ")));
    }
}

//! `cargo xtask fuzz`: fuzzing of everything that SMASH reads and did not write.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::workspace::{nightly, root};

/// Coverage for libFuzzer and AddressSanitizer, in the target's own crates and all below them. The first four
/// are what libFuzzer's own `-fsanitize=fuzzer` stands for.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address --cfg fuzzing";
/// The target platform: naming one keeps the flags away from build scripts and macros.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// Limits: input size in bytes, seconds per input, memory in MiB.
const LIMITS: [&str; 3] = ["-max_len=65536", "-timeout=20", "-rss_limit_mb=2048"];

/// Runs one fuzz target, or all, each for `seconds`.
pub(crate) fn run(target: Option<&str>, seconds: u64) -> Result<(), String> {
    let all = targets()?;
    let chosen: Vec<String> = match target {
        None => all,
        Some(name) if all.iter().any(|known| known == name) => vec![name.to_owned()],
        Some(name) => return Err(format!("no target {name:?}: there are {}", all.join(", "))),
    };
    for name in &chosen {
        build(name)?;
    }
    for name in &chosen {
        println!("fuzzing {name} for {seconds} s");
        fuzz(name, seconds)?;
    }
    Ok(())
}

/// The folder of the fuzz package.
fn package() -> PathBuf {
    root().join("tests/fuzz")
}

/// The folder for builds and for inputs that were found.
fn output() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("fuzz")
}

/// The names of the fuzz targets.
fn targets() -> Result<Vec<String>, String> {
    let folder = package().join("src/bin");
    let files = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> =
        files.flatten().filter_map(|file| file.path().file_stem()?.to_str().map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}

fn build(name: &str) -> Result<(), String> {
    let mut command = nightly();
    command.args(["build", "--release", "--locked", "--target", PLATFORM, "--bin", name]);
    command.current_dir(package()).env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", output());
    done(command, "the target does not build; it needs rustup toolchain install nightly and a C++ compiler")
}

fn fuzz(name: &str, seconds: u64) -> Result<(), String> {
    let made = |folder: PathBuf| {
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok::<_, String>(folder)
    };
    let found = made(output().join("corpus").join(name))?;
    let artifacts = made(output().join("artifacts").join(name))?;
    let mut command = Command::new(output().join(PLATFORM).join("release").join(name));
    command.arg(format!("-max_total_time={seconds}")).args(LIMITS);
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    // New inputs go into the first folder.
    command.arg(found).arg(package().join("corpus").join(name));
    done(command, &format!("an input breaks it: see {}, and run the program on it", artifacts.display()))
}

fn done(mut command: Command, otherwise: &str) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{command:?} could not be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{otherwise} ({status})")) }
}

//! Programs in C and C++.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use smash_tests::artifact;
use tempfile::TempDir;

pub(crate) fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../smash-plugin/include")
}

/// The library that hosts link, built like this test.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| artifact::library("smash-plugin"))
}

/// Compiles a text; what the compiler says on failure. `None`: there is no such compiler.
pub(crate) fn compile(
    compiler: &str,
    arguments: &[&str],
    extension: &str,
    text: &str,
) -> Option<Result<PathBuf, String>> {
    let folder = TempDir::new().unwrap().keep();
    let source = folder.join("source").with_extension(extension);
    fs::write(&source, text).unwrap();
    compile_file(compiler, arguments, &source, &folder.join("program"))
}

/// The same with a file and where the result is to be.
pub(crate) fn compile_file(
    compiler: &str,
    arguments: &[&str],
    source: &Path,
    program: &Path,
) -> Option<Result<PathBuf, String>> {
    let mut command = Command::new(compiler);
    // What is looked for first is named first.
    command.args(["-pedantic-errors", "-Wall", "-Wextra", "-Werror"]).arg(source).arg("-o").arg(program);
    command.args(arguments).arg("-I").arg(include());
    let output = command.output().ok()?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(program.to_owned()) } else { Err(error) })
}

/// Compiles a host and links it with the library. `None`, with a reason printed: there is no such compiler.
pub(crate) fn host(
    test: &str,
    compiler: &str,
    standard: &str,
    source: &Path,
    program: &Path,
) -> Option<PathBuf> {
    let folder = library().parent().unwrap().to_str().unwrap();
    let (search, find) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
    match compile_file(compiler, &[standard, "-g", &search, &find, "-lsmash_plugin"], source, program) {
        Some(built) => Some(built.unwrap_or_else(|error| panic!("{standard} {}: {error}", source.display()))),
        None => {
            println!("SKIP {test}: no {compiler} (install a C and C++ compiler)");
            None
        }
    }
}

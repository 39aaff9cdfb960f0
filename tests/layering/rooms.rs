//! What only some places may do.

use smash_tests::source;

use crate::workspace::{Package, is_in, is_under, packages};

/// Folders, and modules with their `.rs` file, that may hold unsafe code.
pub(crate) const UNSAFE: &[&str] = &[
    "adapters/backend-native/src/kernel",
    "adapters/backend-native/src/memory",
    "adapters/backend-tch/src",
    "smash-plugin/sdk/src",
    "smash-plugin/src/abi",
    "smash-plugin/src/loader",
];

/// Programs: they may print, exit and read the environment.
pub(crate) const PROGRAMS: &[&str] = &["adapters/cli", "tests/bench", "tests/xtask"];

/// Where an environment variable may be read.
pub(crate) const ENVIRONMENT: &[&str] = &["smash-plugin/src/loader"];

/// Places outside `places` where a source of a package uses one of `words`.
fn uses(packages: &[Package], words: &[&str], places: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|p| !is_under(&p.folder, &["tests"])) {
        for (path, code) in package.sources().into_iter().filter(|(path, _)| !is_in(path, places)) {
            for word in words {
                found.extend(
                    source::lines_with(&code, word).iter().map(|line| format!("{path}:{line}: {word}")),
                );
            }
        }
    }
    found
}

#[test]
fn unsafe_code_stays_in_its_rooms() {
    let found = uses(&packages(), &["unsafe"], UNSAFE);
    assert!(found.is_empty(), "unsafe code outside {UNSAFE:?}: {found:#?}");
}

#[test]
fn libraries_do_not_print_or_exit() {
    let words = ["print!", "println!", "eprint!", "eprintln!", "dbg!", "process::exit", "process::abort"];
    let found = uses(&packages(), &words, PROGRAMS);
    assert!(found.is_empty(), "a library prints or ends the process: {found:#?}");
}

#[test]
fn only_the_loader_reads_the_environment() {
    let words = ["env::var", "env::vars", "env::var_os", "env::vars_os"];
    let found = uses(&packages(), &words, &[PROGRAMS, ENVIRONMENT].concat());
    assert!(found.is_empty(), "a library reads an environment variable: {found:#?}");
}

//! What only some places may do.

use smash_tests::source;

use crate::workspace::{Package, is_in, is_under, packages, root};

/// Folders, and files, that may hold unsafe code.
pub(crate) const UNSAFE: &[&str] = &[
    // Before main, where the standard library does not reach yet.
    "adapters/cli/src/streams.rs",
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

/// Where rayon is used: on a pool of its own, which its owner makes and asks for its process.
pub(crate) const POOLS: &[&str] =
    &["adapters/backend-native/src", "adapters/datasets/src/modelnet/folder.rs"];

/// Where JSON is parsed without a look at its depth first: what this program wrote itself.
pub(crate) const PARSERS: &[&str] = &["smash-core/src"];

/// The macro that writes a plugin's entry function.
const ENTRY: &str = "smash-plugin/sdk/src/plugin/export.rs";

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

/// The pool that rayon shares within a process outlives a fork in memory only: a child would wait for ever.
#[test]
fn no_library_uses_the_shared_pool_of_threads() {
    let packages = packages();
    let found = uses(&packages, &["rayon", "par_iter", "into_par_iter", "par_chunks"], POOLS);
    assert!(found.is_empty(), "threads outside {POOLS:?}: {found:#?}");
    let found = uses(&packages, &["build_global", "rayon::spawn", "rayon::join", "rayon::scope"], &[]);
    assert!(found.is_empty(), "the shared pool of rayon is used: {found:#?}");
    for place in &POOLS[1..] {
        let text = std::fs::read_to_string(root().join(place)).unwrap();
        assert!(
            text.contains("ThreadPoolBuilder") && text.contains(".install("),
            "{place} has no pool of its own"
        );
    }
}

#[test]
fn json_of_others_is_read_by_one_function() {
    let words = ["serde_json::from_str", "serde_json::from_slice", "serde_json::from_reader"];
    let found = uses(&packages(), &words, PARSERS);
    assert!(found.is_empty(), "use smash_core::json, which refuses what is too deep: {found:#?}");
}

/// A program that links two packages with the same symbol does not link.
#[test]
fn only_dynamic_libraries_have_symbols_of_the_interface() {
    let mut found = Vec::new();
    for package in packages().iter().filter(|package| !package.is_dynamic) {
        for (path, code) in package.sources().into_iter().filter(|(path, _)| path != ENTRY) {
            for word in ["export_plugin!", "no_mangle", "export_name"] {
                let lines = source::lines_with(&code, word);
                found.extend(lines.iter().map(|line| format!("{path}:{line}: {word}")));
            }
        }
    }
    assert!(found.is_empty(), "a symbol in a package that is no dynamic library: {found:#?}");
}

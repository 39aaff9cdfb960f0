//! Who may depend on whom.

use std::fs;

use smash_tests::source;

use crate::workspace::{is_under, packages};

const CORE: &str = "smash-core";
const SPACES: &str = "search-spaces";
const PLUGIN: &str = "smash-plugin";
const SDK: &str = "smash-plugin/sdk";
const NATIVE: &str = "adapters/backend-native";
const DATASETS: &str = "adapters/datasets";
const EXPORT: &str = "adapters/export";
const FETCH: &str = "adapters/fetch";
const FILES: &str = "adapters/files";

/// What the package in a folder may depend on, built in or as a build dependency. Development dependencies
/// are tests, and tests may depend on anything. A new package needs a row here.
pub(crate) const ARROWS: &[(&str, &[&str])] = &[
    (CORE, &[]),
    (SPACES, &[CORE]),
    (NATIVE, &[CORE]),
    // Whoever writes files: folders by their descriptor.
    (FILES, &[]),
    (DATASETS, &[CORE, FILES]),
    (EXPORT, &[CORE]),
    // The only one that speaks HTTP. No library may link it.
    (FETCH, &[FILES]),
    (SDK, &[CORE]),
    // Never an engine that needs an external library, never the command line.
    (PLUGIN, &[CORE, SDK, SPACES, NATIVE, DATASETS, EXPORT, FILES]),
    // The product under the name that it is handed out with, and nothing more.
    ("smash-plugin/cdylib", &[PLUGIN]),
    // What is loaded at run time must not link the built-ins: it would export them again.
    ("adapters/backend-tch", &[CORE, SDK]),
    // A host: the product, and the nouns it speaks in.
    ("adapters/cli", &[PLUGIN, CORE, FETCH, FILES]),
    ("tests/bench", &[CORE, SDK, SPACES, NATIVE, "adapters/backend-tch"]),
    // As a real plugin would not: it is the native engine under another name.
    ("tests/plugins/backend", &[CORE, SDK, NATIVE]),
    ("tests/plugins/dataset", &[CORE, SDK]),
    ("tests/plugins/space", &[CORE, SDK]),
    ("tests/plugins/proposer", &[CORE, SDK]),
    ("tests/xtask", &[]),
];

/// Tensor libraries, loaders and C: none of them belongs into the core.
const NOT_IN_CORE: &[&str] = &[
    "tch",
    "torch-sys",
    "burn",
    "candle-core",
    "ndarray",
    "nalgebra",
    "ort",
    "libloading",
    "libc",
    "memmap2",
    "cc",
    "bindgen",
];

/// Allowed dependencies of a folder; `None` when anything is.
fn allowed(folder: &str) -> Option<&'static [&'static str]> {
    match ARROWS.iter().find(|(from, _)| *from == folder) {
        Some((_, to)) => Some(to),
        None if folder.starts_with("tests/plugins/") => Some(&[CORE, SDK]),
        None if is_under(folder, &["tests"]) => None,
        None => panic!("{folder}: a new package needs a row in ARROWS of tests/layering/arrows.rs"),
    }
}

#[test]
fn dependencies_point_down() {
    let packages = packages();
    assert!(packages.iter().any(|p| p.folder == CORE), "smash-core is missing from cargo metadata");
    let mut wrong = Vec::new();
    for package in &packages {
        let Some(allowed) = allowed(&package.folder) else {
            continue;
        };
        for (_, folder) in package.dependencies() {
            wrong.extend(
                folder
                    .filter(|f| !allowed.contains(&f.as_str()))
                    .map(|f| format!("{} -> {f}", package.folder)),
            );
        }
    }
    assert!(wrong.is_empty(), "dependencies that the layers do not allow: {wrong:#?}");
}

#[test]
fn core_is_free_of_tensor_libraries_loaders_and_unsafe_code() {
    let packages = packages();
    let core = packages.iter().find(|p| p.folder == CORE).unwrap();
    let heavy: Vec<_> =
        core.dependencies().filter(|(name, _)| NOT_IN_CORE.contains(&name.as_str())).collect();
    assert!(heavy.is_empty(), "smash-core must not depend on {heavy:?}");
    let built = core.dependencies.iter().filter(|d| d["kind"] == "build").count();
    assert_eq!(built, 0, "smash-core must not have build dependencies");
    let lib = fs::read_to_string(core.root.join(CORE).join("src/lib.rs")).unwrap();
    assert!(source::code(&lib).contains("#![forbid(unsafe_code)]"), "smash-core must forbid unsafe code");
}

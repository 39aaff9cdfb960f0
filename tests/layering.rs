#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! The layers of the workspace: who may depend on whom, and what only some of them may do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use smash_tests::source;

const CORE: &str = "smash-core";
const SPACES: &str = "search-spaces";
const PLUGIN: &str = "smash-plugin";
const SDK: &str = "smash-plugin/sdk";
const NATIVE: &str = "adapters/backend-native";
const DATASETS: &str = "adapters/datasets";
const FETCH: &str = "adapters/fetch";

/// What the package in a folder may depend on, built in or as a build dependency. Development dependencies are tests,
/// and tests may depend on anything. A new package needs a row here.
const ARROWS: &[(&str, &[&str])] = &[
    (CORE, &[]),
    (SPACES, &[CORE]),
    (NATIVE, &[CORE]),
    (DATASETS, &[CORE]),
    // The only one that speaks HTTP. No library may link it.
    (FETCH, &[]),
    (SDK, &[CORE]),
    // Never an engine that needs an external library, never the command line.
    (PLUGIN, &[CORE, SDK, SPACES, NATIVE, DATASETS]),
    // What is loaded at run time must not link the built-ins: it would export them again.
    ("adapters/backend-tch", &[CORE, SDK]),
    // Hosts: the product, and the nouns it speaks in.
    ("adapters/cli", &[PLUGIN, CORE, FETCH]),
    ("adapters/python", &[PLUGIN, CORE]),
    ("tests/bench", &[CORE, SPACES, NATIVE, "adapters/backend-tch"]),
    // As a real plugin would not: it is the native engine under another name.
    ("tests/plugins/backend", &[CORE, SDK, NATIVE]),
    ("tests/plugins/dataset", &[CORE, SDK]),
    ("tests/plugins/space", &[CORE, SDK]),
    ("tests/plugins/strategy", &[CORE, SDK]),
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

/// Files and folders that may hold unsafe code.
const UNSAFE: &[&str] = &[
    "adapters/backend-native/src/kernel",
    "adapters/backend-native/src/memory",
    "adapters/datasets/src/mmap.rs",
    "adapters/backend-tch/src",
    "smash-plugin/sdk/src",
    "smash-plugin/src/abi",
    "smash-plugin/src/loader",
    "smash-plugin/src/loader.rs",
];

/// Programs: they may print, exit and read the environment.
const PROGRAMS: &[&str] = &["adapters/cli", "tests/bench", "tests/xtask"];

/// Where an environment variable may be read.
const ENVIRONMENT: &[&str] = &["smash-plugin/src/loader", "smash-plugin/src/loader.rs"];

/// A package of the workspace.
struct Package {
    /// Relative to the root, `/` between names.
    folder: String,
    root: PathBuf,
    dependencies: Vec<Value>,
}

impl Package {
    /// Names, or folders for packages of this workspace, of what is not only for tests.
    fn dependencies(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let linked = self.dependencies.iter().filter(|d| d["kind"] != "dev");
        linked.map(|d| {
            (string(&d["name"]), d["path"].as_str().map(|path| relative(&self.root, Path::new(path))))
        })
    }

    /// Its sources as pairs of relative path and code.
    fn sources(&self) -> Vec<(String, String)> {
        let files = source::files(&self.root.join(&self.folder).join("src")).unwrap();
        let read =
            |path: PathBuf| (relative(&self.root, &path), source::code(&fs::read_to_string(&path).unwrap()));
        files.into_iter().map(read).collect()
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = PathBuf::from(string(&metadata["workspace_root"]));
    let package = |p: &Value| Package {
        folder: relative(&root, Path::new(&string(&p["manifest_path"])).parent().unwrap()),
        root: root.clone(),
        dependencies: p["dependencies"].as_array().unwrap().clone(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn is_under(path: &str, places: &[&str]) -> bool {
    places
        .iter()
        .any(|place| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Allowed dependencies of a folder; `None` when anything is.
fn allowed(folder: &str) -> Option<&'static [&'static str]> {
    match ARROWS.iter().find(|(from, _)| *from == folder) {
        Some((_, to)) => Some(to),
        None if folder.starts_with("tests/plugins/") => Some(&[CORE, SDK]),
        None if is_under(folder, &["tests"]) => None,
        None => panic!("{folder}: a new package needs a row in ARROWS of tests/layering.rs"),
    }
}

/// Places outside `places` where a source of a package uses one of `words`.
fn uses(packages: &[Package], words: &[&str], places: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|p| !is_under(&p.folder, &["tests"])) {
        for (path, code) in package.sources().into_iter().filter(|(path, _)| !is_under(path, places)) {
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

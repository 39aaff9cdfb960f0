//! The packages of the workspace and their sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use smash_tests::source;

/// A package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the root, `/` between names.
    pub(crate) folder: String,
    pub(crate) root: PathBuf,
    pub(crate) dependencies: Vec<Value>,
    /// The root files of its libraries and programs.
    pub(crate) crates: Vec<PathBuf>,
    /// Whether it is built as a dynamic library too.
    pub(crate) is_dynamic: bool,
}

impl Package {
    /// Names, or folders for packages of this workspace, of what is not only for tests.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let linked = self.dependencies.iter().filter(|d| d["kind"] != "dev");
        linked.map(|d| {
            (string(&d["name"]), d["path"].as_str().map(|path| relative(&self.root, Path::new(path))))
        })
    }

    /// Its sources as pairs of relative path and code.
    pub(crate) fn sources(&self) -> Vec<(String, String)> {
        let files = source::files(&self.root.join(&self.folder).join("src")).unwrap();
        let read =
            |path: PathBuf| (relative(&self.root, &path), source::code(&fs::read_to_string(&path).unwrap()));
        files.into_iter().map(read).collect()
    }
}

/// The root files of what is built for users: no tests, examples and build scripts.
fn crates(package: &Value) -> Vec<PathBuf> {
    let built = |target: &&Value| {
        let kinds = target["kind"].as_array().unwrap();
        kinds.iter().any(|kind| matches!(kind.as_str(), Some("lib" | "rlib" | "cdylib" | "bin")))
    };
    let targets = package["targets"].as_array().unwrap().iter().filter(built);
    targets.map(|target| PathBuf::from(string(&target["src_path"]))).collect()
}

fn is_dynamic(package: &Value) -> bool {
    let kinds = package["targets"].as_array().unwrap().iter().flat_map(|t| t["kind"].as_array().unwrap());
    kinds.into_iter().any(|kind| kind == "cdylib")
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

pub(crate) fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = PathBuf::from(string(&metadata["workspace_root"]));
    let package = |p: &Value| Package {
        name: string(&p["name"]),
        folder: relative(&root, Path::new(&string(&p["manifest_path"])).parent().unwrap()),
        root: root.clone(),
        dependencies: p["dependencies"].as_array().unwrap().clone(),
        crates: crates(p),
        is_dynamic: is_dynamic(p),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// True for what is one of the places or below it.
pub(crate) fn is_under(path: &str, places: &[&str]) -> bool {
    places
        .iter()
        .any(|place| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The same, where a module is a place with its file: `a/b` is `a/b.rs` too.
pub(crate) fn is_in(path: &str, places: &[&str]) -> bool {
    is_under(path, places) || path.strip_suffix(".rs").is_some_and(|module| places.contains(&module))
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every file in Rust, tests too, as pairs of its path from the root and its text.
pub(crate) fn rust_files() -> Vec<(String, String)> {
    let root = root();
    let (mut open, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                open.push(path);
            } else if name.ends_with(".rs") {
                found.push((relative(&root, &path), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

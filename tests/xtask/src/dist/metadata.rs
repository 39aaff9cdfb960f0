//! What cargo knows of the workspace and of the packages that it links.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::workspace::cargo;

/// A package that somebody else wrote.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) repository: String,
    pub(super) authors: Vec<String>,
    pub(super) folder: PathBuf,
}

/// The answer of `cargo metadata` for one platform.
pub(super) struct Metadata {
    pub(super) target_folder: PathBuf,
    packages: BTreeMap<String, Value>,
    /// The packages that one links.
    links: BTreeMap<String, Vec<String>>,
}

impl Metadata {
    pub(super) fn read(target: &str) -> Result<Self, String> {
        let mut command = cargo();
        command.args(["metadata", "--format-version=1", "--locked", "--filter-platform", target]);
        let output = command.stderr(Stdio::inherit()).output().map_err(|e| format!("cargo metadata: {e}"))?;
        let answer: Value =
            serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
        let target_folder = PathBuf::from(text(&answer["target_directory"]));
        let by_id = |value: &Value| (text(&value["id"]), value.clone());
        let packages = list(&answer["packages"]).iter().map(by_id).collect();
        let nodes = list(&answer["resolve"]["nodes"]).iter();
        let links = nodes.map(|node| (text(&node["id"]), linked(node))).collect();
        Ok(Self { target_folder, packages, links })
    }

    /// The packages of others that are linked into one of the workspace, by name and version.
    pub(super) fn linked_into(&self, name: &str) -> Vec<Package> {
        let root = self.packages.iter().find(|(_, package)| package["name"] == name);
        let mut open: Vec<&str> = root.map(|(id, _)| id.as_str()).into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            // A macro runs in the compiler, and stays there with what it needs.
            if !self.packages.get(id).is_some_and(is_macro) && seen.insert(id) {
                open.extend(self.links.get(id).into_iter().flatten().map(String::as_str));
            }
        }
        let others =
            seen.into_iter().filter_map(|id| self.packages.get(id)).filter(|p| !p["source"].is_null());
        let mut packages: Vec<Package> = others.map(package).collect();
        packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        packages
    }

    /// The folders that hold sources of others, such as those of a registry.
    pub(super) fn sources(&self) -> BTreeSet<PathBuf> {
        let others = self.packages.values().filter(|package| !package["source"].is_null());
        others.filter_map(|p| Some(package(p).folder.parent()?.to_owned())).collect()
    }
}

/// The packages that one links; not those that only its tests and build scripts use.
fn linked(node: &Value) -> Vec<String> {
    let built_in = |dep: &&Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    list(&node["deps"]).iter().filter(built_in).map(|dep| text(&dep["pkg"])).collect()
}

fn is_macro(package: &Value) -> bool {
    list(&package["targets"])
        .iter()
        .any(|target| list(&target["kind"]).iter().any(|kind| kind == "proc-macro"))
}

fn package(value: &Value) -> Package {
    let manifest = text(&value["manifest_path"]);
    Package {
        name: text(&value["name"]),
        version: text(&value["version"]),
        licence: text(&value["license"]),
        repository: text(&value["repository"]),
        authors: list(&value["authors"]).iter().map(text).collect(),
        folder: Path::new(&manifest).parent().map(Path::to_owned).unwrap_or_default(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

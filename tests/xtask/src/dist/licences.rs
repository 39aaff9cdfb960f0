//! Licences: ours, and those of everything that is linked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use super::archive::Archive;
use super::metadata::{Metadata, Package};
use super::toolchain::Rust;
use crate::workspace::{read, repository_file};

/// Files of ours.
const OWN: [&str; 3] = ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT"];

/// Files about what is embedded in the library and the command, and what they are called in the archive.
const EMBEDDED: [(&str, &str); 2] = [
    ("adapters/datasets/src/digits/NOTICE.md", "NOTICE-digits.md"),
    // Its crate has no text of it.
    ("adapters/cli/src/commands/data/OFL-noto-sans-mono.txt", "OFL-noto-sans-mono.txt"),
];

/// How files with terms begin, in any case.
const NAMES: [&str; 5] = ["licen", "copying", "copyright", "notice", "unlicense"];

/// The text of a licence, for packages that name it and bring no text.
const MIT: &str = include_str!("MIT.txt");

/// Adds the licences of the library and the command.
pub(super) fn fill(
    archive: &mut Archive,
    folder: &str,
    metadata: &Metadata,
    rust: &Rust,
) -> Result<(), String> {
    for (file, name) in EMBEDDED {
        archive.file(&format!("{folder}/{name}"), repository_file(file)?);
    }
    let library = metadata.linked_into("smash-cdylib");
    let command = metadata.linked_into("smash-cli");
    // Whatever the library has, the command has too.
    let linked = [("the library and the command", &library[..]), ("the command alone", &command[..])];
    of_linked(archive, folder, &linked, rust)
}

/// Adds the licences of a plugin.
pub(super) fn fill_plugin(
    archive: &mut Archive,
    folder: &str,
    package: &str,
    metadata: &Metadata,
    rust: &Rust,
) -> Result<(), String> {
    of_linked(archive, folder, &[("the plugin", &metadata.linked_into(package)[..])], rust)
}

fn of_linked(
    archive: &mut Archive,
    folder: &str,
    linked: &[(&str, &[Package])],
    rust: &Rust,
) -> Result<(), String> {
    for file in OWN {
        archive.file(&format!("{folder}/{file}"), repository_file(file)?);
    }
    archive.file(&format!("{folder}/THIRD-PARTY.txt"), third_party(linked)?.into_bytes());
    // The standard library comes with a page about itself and the packages in it.
    let standard = rust.sysroot.join("share/doc/rust/COPYRIGHT-library.html");
    let page = read(&standard).map_err(|e| format!("{e} (toolchains of rustup have it)"))?;
    archive.file(&format!("{folder}/RUST-STANDARD-LIBRARY.html"), page);
    Ok(())
}

/// A list of packages by what they are linked into, a package once, then each text once, below the names of
/// the packages that come with it. The last ones include those before.
fn third_party(linked: &[(&str, &[Package])]) -> Result<String, String> {
    let all = linked.last().map_or(&[][..], |(_, packages)| *packages);
    let mut listed: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut lists = Vec::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (into, packages) in linked {
        let mut list = format!("Linked into {into}:\n\n");
        for package in packages.iter().filter(|p| listed.insert((&p.name, &p.version))) {
            let name = format!("{} {}", package.name, package.version);
            let _ = writeln!(list, "  {name}: {}, {}", package.licence, package.repository);
            for text in texts_of(package, all)? {
                texts.entry(text).or_default().insert(name.clone());
            }
        }
        lists.push(list);
    }
    let mut list = lists.join("\n");
    for (text, names) in order(texts) {
        let names: Vec<String> = names.into_iter().collect();
        let _ = write!(list, "\n{}\n{}\n\n{text}\n", "=".repeat(80), names.join(", "));
    }
    Ok(list)
}

/// By the first package that has a text, as the list above.
fn order(texts: BTreeMap<String, BTreeSet<String>>) -> Vec<(String, BTreeSet<String>)> {
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(_, a), (_, b)| a.first().cmp(&b.first()));
    texts
}

/// The texts in a package, or else in another of the same repository.
fn texts_of(package: &Package, all: &[Package]) -> Result<Vec<String>, String> {
    let own = files(package)?;
    if !own.is_empty() {
        return Ok(own);
    }
    for sibling in all.iter().filter(|p| !p.repository.is_empty() && p.repository == package.repository) {
        let texts = files(sibling)?;
        if !texts.is_empty() {
            return Ok(texts);
        }
    }
    let names = |wanted| package.licence.split([' ', '/']).any(|name| name == wanted);
    if names("MIT") {
        let authors = package.authors.join(", ");
        let holder = if authors.is_empty() { format!("the authors of {}", package.name) } else { authors };
        return Ok(vec![MIT.replace("@HOLDER@", &holder).trim().to_owned()]);
    }
    // Its text names nobody.
    if names("Apache-2.0") {
        return Ok(vec![String::from_utf8_lossy(&repository_file("LICENSE-APACHE")?).trim().to_owned()]);
    }
    Err(format!("{} {}: no text of its licence, {}", package.name, package.version, package.licence))
}

/// The texts in a package, in the order of their files.
fn files(package: &Package) -> Result<Vec<String>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", package.folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(&package.folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            paths.push(path);
        }
    }
    paths.sort();
    // Ends of lines differ between copies of one text.
    let text = |path| Ok(String::from_utf8_lossy(&read(path)?).replace("\r\n", "\n").trim().to_owned());
    paths.iter().map(|path| text(path)).collect()
}

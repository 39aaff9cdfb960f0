//! The archive, unpacked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use smash_tests::artifact;

/// The profile that is packed here. That of what is handed out, with optimisation across crates, takes
/// minutes.
pub(crate) const PROFILE: &str = "release";

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a command says, which must succeed.
pub(crate) fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let error = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout).into_owned(); // readelf shows bytes
    assert!(output.status.success(), "{command:?}: {}\n{text}{error}", output.status);
    text
}

/// Whether a tool is installed; a line that says who is skipped if not.
pub(crate) fn has(tool: &str, test: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    if !there {
        println!("SKIP {test}: no {tool} (install it)");
    }
    there
}

fn archives() -> &'static [PathBuf; 2] {
    static ARCHIVES: OnceLock<[PathBuf; 2]> = OnceLock::new();
    ARCHIVES.get_or_init(packed)
}

/// Packs: what is handed out, and its debug symbols.
fn packed() -> [PathBuf; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = said(artifact::cargo().args(["xtask", "dist", "--profile", PROFILE]).current_dir(root));
    // `PATH (SIZE)`, a line each.
    let paths: Vec<PathBuf> =
        text.lines().filter_map(|line| line.rsplit_once(" (").map(|(path, _)| path.into())).collect();
    paths.try_into().unwrap_or_else(|_| panic!("{text}"))
}

/// The folder of the archives' content, unpacked once for all tests.
pub(crate) fn unpacked() -> &'static Path {
    static UNPACKED: OnceLock<PathBuf> = OnceLock::new();
    UNPACKED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dist");
        let _ = fs::remove_dir_all(&folder); // what an earlier run left
        fs::create_dir_all(&folder).unwrap();
        for archive in archives() {
            said(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&folder));
            let sums = format!("{}.sha256", archive.file_name().unwrap().to_str().unwrap());
            said(Command::new("sha256sum").args(["--check", &sums]).current_dir(archive.parent().unwrap()));
        }
        let folders: Vec<PathBuf> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(folders.len(), 1, "both archives are one folder");
        assert!(folders[0].file_name().unwrap().to_str().unwrap().starts_with(&format!("smash-{VERSION}-")));
        folders[0].clone()
    })
}

#[test]
#[ignore = "links the library and the command"]
fn every_file_has_its_checksum() {
    said(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(unpacked()));
    let sums = fs::read_to_string(unpacked().join("SHA256SUMS")).unwrap();
    let listed: Vec<&str> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
    for file in ["bin/smash", "include/smash.h", "include/smash.hpp", "include/smash_dlpack.h"] {
        assert!(listed.contains(&file), "{sums}");
    }
    let find = ["-type", "f", "!", "-name", "SHA256SUMS", "!", "-name", "*.debug", "-printf", "%P\n"];
    let found = said(Command::new("find").arg(unpacked()).args(find));
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    assert_eq!(listed, found);
}

#[test]
#[ignore = "links the library and the command"]
fn every_package_has_its_licence() {
    let folder = unpacked().join("share/licenses/smash");
    let text = fs::read_to_string(folder.join("THIRD-PARTY.txt")).unwrap();
    let (library, rest) = text.split_once("Linked into the command alone:").unwrap();
    let (command, texts) = rest.split_once("=====").unwrap();
    for (list, package) in [(library, "jsonschema"), (library, "rayon"), (command, "rustls")] {
        assert!(list.lines().any(|line| line.trim_start().starts_with(&format!("{package} "))), "{package}");
    }
    // What runs in the compiler, or tests alone, is not handed out.
    for package in ["serde_derive", "proptest", "tch", "criterion"] {
        assert!(!text.contains(&format!("\n  {package} ")), "{package}");
    }
    let listed = [library, command].concat();
    for line in listed.lines().filter(|line| line.starts_with("  ")) {
        let name = line.trim_start().split(':').next().unwrap();
        let below = texts.lines().any(|line| line.split(", ").any(|other| other == name));
        assert!(below, "{name} has no text");
    }
    let own = ["LICENSE-MIT", "LICENSE-APACHE", "NOTICE-digits.md", "OFL-noto-sans-mono.txt"];
    for file in own.into_iter().chain(["RUST-STANDARD-LIBRARY.html"]) {
        assert!(folder.join(file).exists(), "{file}");
    }
}

#[test]
#[ignore = "links the library and the command"]
fn packing_again_gives_the_same_bytes() {
    unpacked(); // not while they are written again
    let read = |paths: &[PathBuf; 2]| paths.each_ref().map(|path| fs::read(path).unwrap());
    let first = read(archives());
    assert!(first == read(&packed()));
}

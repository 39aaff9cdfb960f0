//! The wheels.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use smash_tests::artifact;

use crate::environment::{Environment, root, said};

/// The profile that is packed here. That of what is handed out, with optimisation across crates, takes
/// minutes.
const PROFILE: &str = "release";

/// The wheels, packed once for all tests.
pub(crate) struct Wheels {
    pub(crate) package: PathBuf,
    /// The engine over libtorch, where libtorch is.
    pub(crate) engine: Option<PathBuf>,
}

pub(crate) fn wheels() -> &'static Wheels {
    static WHEELS: OnceLock<Wheels> = OnceLock::new();
    WHEELS.get_or_init(packed)
}

fn packed() -> Wheels {
    let text = said(artifact::cargo().args(["xtask", "wheel", "--profile", PROFILE]).current_dir(root()));
    // `PATH (SIZE)`, a line each.
    let mut paths = text.lines().filter_map(|line| line.rsplit_once(" (").map(|(path, _)| path.into()));
    let package = paths.next().unwrap_or_else(|| panic!("{text}"));
    Wheels { package, engine: paths.next() }
}

fn name(wheel: &Path) -> &str {
    wheel.file_stem().unwrap().to_str().unwrap()
}

#[test]
#[ignore = "packs wheels, and makes an environment of Python"]
fn the_tag_of_a_wheel_is_true() {
    let Some(environment) = Environment::of_tests("the_tag_of_a_wheel_is_true") else { return };
    let wheel = &wheels().package;
    let tag =
        name(wheel).strip_prefix(concat!("smash_nas-", env!("CARGO_PKG_VERSION"), "-py3-none-")).unwrap();
    let found = said(environment.python().args(["-m", "auditwheel", "show"]).arg(wheel));
    let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        found.contains(&format!("is consistent with the following platform tag: \"{tag}\"")),
        "{tag}: {found}"
    );
}

#[test]
#[ignore = "packs wheels, and makes an environment of Python"]
fn packing_again_gives_the_same_wheels() {
    // Not while they are installed.
    if Environment::of_tests("packing_again_gives_the_same_wheels").is_none() {
        return;
    }
    let read = |wheels: &Wheels| {
        [Some(&wheels.package), wheels.engine.as_ref()].map(|path| path.map(|path| fs::read(path).unwrap()))
    };
    let first = read(wheels());
    assert!(first == read(&packed()));
}

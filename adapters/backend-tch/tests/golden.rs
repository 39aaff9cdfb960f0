//! The mode `reference` gives the numbers of the authors' own network on libtorch too: the fixture of this
//! repository, and those of the folder that `SMASH_GOLDEN` names (`../shared/golden` beside the workspace if
//! it names none).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail loudly and say what they saw")]

#[allow(dead_code, reason = "the tests of the native engine use the rest")]
#[path = "../../../tests/fixture/mod.rs"]
mod fixture;

mod device;

use std::path::{Path, PathBuf};

use fixture::{Fixture, files, settle};

#[test]
fn golden_fixtures_on_libtorch() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let others = std::env::var_os("SMASH_GOLDEN").map_or(root.join("../shared/golden"), PathBuf::from);
    let paths = [files(&root.join("tests/golden/fixtures")), files(&others)].concat();
    assert!(!paths.is_empty());
    let mut problems = Vec::new();
    for path in paths {
        let fixture = Fixture::read(&path);
        let outcome = settle(&fixture, || device::config().open(2).unwrap());
        println!("{}: {}", fixture.name, outcome.plain);
        if let Some((sides, errors)) = &outcome.settled {
            sides.iter().for_each(|side| println!("{}: there {side}", fixture.name));
            println!("{}: then {errors}", fixture.name);
        }
        problems.extend(outcome.problems().iter().map(|problem| format!("{}: {problem}", fixture.name)));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

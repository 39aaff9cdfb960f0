//! The mode `reference` gives the numbers of the authors' own network on libtorch too: the fixture of this
//! repository, and those of the folder that `SMASH_GOLDEN` names (`../shared/golden` beside the workspace if
//! it names none).

use std::path::{Path, PathBuf};

use smash_tests::fixture::{Fixture, files, settle};

use crate::device::{self, THREADS};

#[test]
fn golden_fixtures_on_libtorch() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let others = std::env::var_os("SMASH_GOLDEN").map_or(root.join("../shared/golden"), PathBuf::from);
    let paths = [files(&root.join("tests/golden/fixtures")), files(&others)].concat();
    assert!(!paths.is_empty());
    let mut problems = Vec::new();
    for path in paths {
        let fixture = Fixture::read(&path);
        let outcome = settle(&fixture, || device::config().open(THREADS).unwrap());
        println!("{}: {}", fixture.name, outcome.plain);
        if let Some((sides, errors)) = &outcome.settled {
            sides.iter().for_each(|side| println!("{}: there {side}", fixture.name));
            println!("{}: then {errors}", fixture.name);
        }
        problems.extend(outcome.problems().iter().map(|problem| format!("{}: {problem}", fixture.name)));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

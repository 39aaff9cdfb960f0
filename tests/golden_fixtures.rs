#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! The mode `reference` gives the numbers of the authors' own network. Every `*.json` of the folder that `SMASH_GOLDEN`
//! names is a fixture (`../shared/golden` beside the workspace if it names none), and so is what stands in
//! `golden/fixtures/`: encoding, generated weights, log-probabilities, gradients and one step of the optimiser.

mod fixture;

use std::path::{Path, PathBuf};

use fixture::{Fixture, files, replay};
use smash_backend_native::{Kernels, NativeConfig};

/// Fails with everything that is out of bounds in any fixture on any kernel level that this CPU has.
fn check(paths: &[PathBuf]) {
    let mut problems = Vec::new();
    for path in paths {
        let fixture = Fixture::read(path);
        for kernels in [Kernels::Portable, Kernels::Avx2, Kernels::Avx512] {
            let opened = NativeConfig { kernels }.open(2);
            let Ok(mut backend) = opened else { continue };
            let errors = replay(&fixture, &mut backend);
            println!("{} on {}: {errors}", fixture.name, kernels.name());
            let place = format!("{} on {}", fixture.name, kernels.name());
            problems.extend(errors.problems.iter().map(|problem| format!("{place}: {problem}")));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn golden_fixture_of_this_repository() {
    let paths = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/fixtures"));
    assert!(!paths.is_empty());
    check(&paths);
}

#[test]
fn golden_fixtures_of_the_authors_network() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden");
    let folder = std::env::var_os("SMASH_GOLDEN").map_or(beside, PathBuf::from);
    let paths = files(&folder);
    if paths.is_empty() {
        println!(
            "SKIP golden_fixtures_of_the_authors_network: no fixtures (set SMASH_GOLDEN to their folder)"
        );
        return;
    }
    check(&paths);
}

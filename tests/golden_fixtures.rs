#![allow(clippy::print_stdout, reason = "errors are worth seeing in a test that passes")]
#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! The mode `reference` gives the numbers of the authors' own network. Every `*.json` of the folder that `SMASH_GOLDEN`
//! names is a fixture (`../shared/golden` beside the workspace if it names none), and so is what stands in
//! `golden/fixtures/`: encoding, generated weights, log-probabilities, gradients and one step of the optimiser.

mod fixture;

use std::path::{Path, PathBuf};

use fixture::{Fixture, files, replay};
use smash_backend_native::{Kernels, NativeConfig};

/// Inputs tried beside the fixture's own.
///
/// Where the input of a ReLU is zero up to rounding, the sum decides by its order whether it lets the gradient through,
/// and both gradients are right. Among the million numbers of a fixture there are some such; a single one changes the
/// gradient of its channel by some per cent. So a fixture passes if one input that rounding could have made meets every
/// bound at once; which nudge it took is printed.
const NUDGES: u64 = 200;

/// Fails with everything that is out of bounds in any fixture on any kernel level that this CPU has.
fn check(paths: &[PathBuf]) {
    let mut problems = Vec::new();
    for path in paths {
        let fixture = Fixture::read(path);
        for kernels in [Kernels::Portable, Kernels::Avx2, Kernels::Avx512] {
            let open = || NativeConfig { kernels }.open(2).ok();
            let Some(mut backend) = open() else { continue };
            let place = format!("{} on {}", fixture.name, kernels.name());
            let errors = replay(&fixture, &mut backend, 0);
            println!("{place}: {errors}");
            let nudged = |nudge| (nudge, replay(&fixture, &mut open().unwrap(), nudge));
            if errors.problems.is_empty() {
                continue;
            }
            // Nothing forward depends on which side of zero such a number is.
            let tries = if errors.forward_is_good() { NUDGES } else { 0 };
            match (1..=tries).map(nudged).find(|(_, errors)| errors.problems.is_empty()) {
                Some((nudge, errors)) => println!("{place}, nudge {nudge}: {errors}"),
                None => problems.extend(errors.problems.iter().map(|problem| format!("{place}: {problem}"))),
            }
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

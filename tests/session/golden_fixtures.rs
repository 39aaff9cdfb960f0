//! The mode `reference` gives the numbers of the authors' own network. Every `*.json` of the folder that
//! `SMASH_GOLDEN` names is a fixture (`../shared/golden` beside the workspace if it names none), and so is
//! what stands in `golden/fixtures/`: encoding, generated weights, log-probabilities, gradients and one step
//! of the optimiser.
//!
//! Of about a million numbers that are rectified, one or two are zero up to rounding, and the gradients
//! depend on the side on which such a number comes out. `src/fixture/settle.rs` says how that is judged;
//! every number that the fixture has on the other side is printed.

use smash_backend_native::{Kernels, NativeConfig};
use smash_tests::fixture::{Fixture, files, settle};
use std::path::{Path, PathBuf};

/// Fails with everything that is out of bounds in any fixture on any kernel level that this CPU has.
fn check(paths: &[PathBuf]) {
    let mut problems = Vec::new();
    for path in paths {
        let fixture = Fixture::read(path);
        for kernels in [Kernels::Portable, Kernels::Avx2, Kernels::Avx512] {
            let config = NativeConfig { kernels };
            if config.open(1).is_err() {
                continue;
            }
            let place = format!("{} on {}", fixture.name, kernels.name());
            let outcome = settle(&fixture, || config.open(2).unwrap());
            println!("{place}: {}", outcome.plain);
            if let Some((sides, errors)) = &outcome.settled {
                sides.iter().for_each(|side| println!("{place}: there {side}"));
                println!("{place}: then {errors}");
            }
            problems.extend(outcome.problems().iter().map(|problem| format!("{place}: {problem}")));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn here() -> Vec<PathBuf> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/fixtures"))
}

#[test]
fn golden_fixture_of_this_repository() {
    let paths = here();
    assert!(!paths.is_empty());
    check(&paths);
}

/// The sides of zero in doubt are settled beside an error, and leave it as large as it is.
#[test]
fn golden_fixture_with_a_wrong_gradient_is_refused() {
    let [conv, norm] = ["mod.3.conv1.weight", "mod.0.bn1.bias"];
    let scaled: fn(&mut [f32]) = |numbers| numbers.iter_mut().for_each(|v| *v *= 1.01);
    let one_off: fn(&mut [f32]) = |numbers| {
        let largest = numbers.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        numbers[0] += 0.01 * largest;
    };
    for (tensor, change) in [(conv, scaled), (norm, one_off)] {
        let fixture = Fixture::read(&here()[0]).with(&format!("grad/{tensor}"), change);
        let outcome = settle(&fixture, || NativeConfig::default().open(2).unwrap());
        let problems = outcome.problems();
        assert!(
            problems.len() == 1 && problems[0].starts_with(&format!("gradient {tensor}: ")),
            "{tensor}: {problems:?}"
        );
    }
}

/// A network that differs in one weight is another network.
#[test]
fn golden_fixture_with_a_wrong_weight_is_refused() {
    let change = |numbers: &mut [f32]| numbers[0] += 0.01;
    let fixture = Fixture::read(&here()[0]).with("param/mod.9.op.0.conv.weight", change);
    let outcome = settle(&fixture, || NativeConfig::default().open(2).unwrap());
    assert!(!outcome.problems().is_empty());
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

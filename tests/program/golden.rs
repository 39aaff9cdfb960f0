//! The same seed means the same architectures for ever: what `smash sample` and `smash describe` print is
//! kept in `tests/golden/`. `UPDATE_GOLDEN=1 cargo test -p smash-tests --test program golden` writes the
//! files anew; a change of `sample-*` breaks every seed that anybody has written down, so it needs a line in
//! the changelog.

use std::fs;
use std::path::Path;

use serde_json::json;
use smash_core::architecture::ArchitectureFile;
use smash_tests::kit::Place;

/// Compares with a file of `tests/golden`, or writes it.
fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|update| update == "1") {
        fs::write(&path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    for (i, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(expected, found, "{name}, line {}", i + 1);
    }
    assert_eq!(expected, found, "{name}");
}

/// Five samples of a preset on digits, as the program prints them.
fn sample(place: &Place, preset: &str) -> String {
    let job = json!({"seed": 1, "space": {"type": "memory_bank", "preset": preset}});
    place.write("job.json", &job.to_string());
    let text = place.good(&["sample", "job.json", "-n", "5"]);
    assert_eq!(text, place.good(&["sample", "job.json", "-n", "5", "--seed", "1"]), "a second run");
    assert!(text.starts_with(&place.good(&["sample", "job.json", "-n", "2"])), "the first two of five");
    assert_ne!(text, place.good(&["sample", "job.json", "-n", "5", "--seed", "2"]), "another seed");
    text
}

/// The hash of each line.
fn hashes(text: &str) -> String {
    let file = |line: &str| serde_json::from_str::<ArchitectureFile>(line).unwrap();
    text.lines().map(|line| format!("{}\n", file(line).architecture.hash())).collect()
}

#[test]
fn golden_samples_of_every_preset() {
    let place = Place::new();
    golden("sample-tiny.jsonl", &sample(&place, "tiny"));
    for preset in ["smash_v1", "smash_v2"] {
        golden(&format!("sample-{preset}.txt"), &hashes(&sample(&place, preset)));
    }
}

#[test]
fn golden_description() {
    let place = Place::new();
    let tiny = sample(&place, "tiny");
    place.write("arch.json", tiny.lines().next().unwrap());
    golden("describe-tiny.txt", &place.good(&["describe", "arch.json"]));
}

//! Lock files outside the workspace, which its own builds never touch.

use std::fs;
use std::path::Path;

use crate::workspace::packages;

/// `cargo xtask fuzz` builds with this lock as it is, and would refuse one that lacks a dependency.
#[test]
fn the_lock_of_the_fuzz_targets_is_up_to_date() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap();
    let entries: Vec<&str> = lock.split("[[package]]").collect();
    let mut seen = 0;
    for package in packages() {
        let of = |entry: &&&str| entry.contains(&format!("\nname = \"{}\"\n", package.name));
        let Some(entry) = entries.iter().find(of) else { continue };
        seen += 1;
        for dependency in package.dependencies.iter().filter(|d| d["kind"].is_null() && d["optional"] != true)
        {
            // A package of which there are several versions is named with its own.
            let name = dependency["name"].as_str().unwrap();
            assert!(
                entry.contains(&format!("\n \"{name}\",")) || entry.contains(&format!("\n \"{name} ")),
                "tests/fuzz/Cargo.lock: expected {name} among the dependencies of {}: run cargo metadata in tests/fuzz",
                package.name
            );
        }
    }
    assert!(seen >= 5, "{seen} packages of the workspace are fuzzed");
}

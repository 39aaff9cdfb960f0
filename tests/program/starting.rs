//! The example in Python of the page on embedding, which starts the command, runs as it stands. (The README's
//! are documentation tests of smash-plugin and tests of the Python package.)

use smash_tests::kit::Place;
use std::path::Path;
use std::process::Command;

#[test]
fn the_example_that_starts_the_command_runs() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("SKIP the_example_that_starts_the_command_runs: no python3 (install Python 3)");
        return;
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/embedding.md")).unwrap();
    let example = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let place = Place::new();
    place.write("example.py", example);
    // The example finds the program on the path, as a user's would.
    let smash = place.command(&[]).get_program().to_owned();
    let folder = Path::new(&smash).parent().unwrap().to_owned();
    let path = std::env::join_paths(
        std::iter::once(folder).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let output = Command::new("python3").arg(place.path("example.py")).env("PATH", path).output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{error}");
    assert_eq!(out.lines().filter(|line| line.split(' ').count() == 3).count(), 3, "{out}");
}

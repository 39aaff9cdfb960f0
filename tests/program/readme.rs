//! The Python example of the README runs as it stands. (The Rust one is a documentation test of
//! smash-plugin.)

use smash_tests::kit::Place;
use std::path::Path;
use std::process::Command;

#[test]
fn the_python_example_of_the_readme_runs() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("SKIP the_python_example_of_the_readme_runs: no python3 (install Python 3)");
        return;
    }
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let example = readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
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

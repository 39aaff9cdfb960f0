//! The library that hosts link.

use std::process::Command;

use crate::build::library;

fn lines(program: &str, arguments: &[&str]) -> Option<Vec<String>> {
    let output = Command::new(program).args(arguments).arg(library()).output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn three_symbols_and_no_more() {
    let Some(lines) = lines("nm", &["-D", "--defined-only"]) else {
        println!("SKIP three_symbols_and_no_more: no nm (install binutils)");
        return;
    };
    let names: Vec<&str> = lines.iter().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(names, ["smash_get_api", "smash_version", "smash_version_number"]);
}

#[test]
fn it_stays_when_a_host_closes_it() {
    let Some(lines) = lines("readelf", &["--dynamic"]) else {
        println!("SKIP it_stays_when_a_host_closes_it: no readelf (install binutils)");
        return;
    };
    assert!(lines.iter().any(|line| line.contains("NODELETE")), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.contains("SONAME") && line.contains("[libsmash_plugin.so]")),
        "{lines:#?}"
    );
}

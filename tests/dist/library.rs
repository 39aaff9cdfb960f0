//! The packed library itself.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::package::{VERSION, has, said, unpacked};

fn library() -> PathBuf {
    unpacked().join("lib/libsmash.so")
}

#[test]
#[ignore = "links the library and the command"]
fn its_names_lead_to_one_file() {
    let file = format!("libsmash.so.{VERSION}");
    for (link, to) in [("libsmash.so.1", &*file), ("libsmash.so", "libsmash.so.1")] {
        let link = unpacked().join("lib").join(link);
        assert_eq!(fs::read_link(&link).unwrap().to_str().unwrap(), to);
        assert!(link.exists());
    }
}

#[test]
#[ignore = "links the library and the command"]
fn programs_find_it_by_the_version_of_the_interface() {
    if !has("readelf", "programs_find_it_by_the_version_of_the_interface") {
        return;
    }
    let lines = said(Command::new("readelf").arg("--dynamic").arg(library()));
    assert!(lines.contains("Library soname: [libsmash.so.1]"), "{lines}");
    assert!(lines.contains("NODELETE"), "{lines}");
    // What every system with glibc has.
    for line in lines.lines().filter(|line| line.contains("(NEEDED)")) {
        let known = ["libc.so", "libm.so", "libgcc_s.so", "ld-linux"];
        assert!(known.iter().any(|name| line.contains(&format!("[{name}"))), "{line}");
    }
}

#[test]
#[ignore = "links the library and the command"]
fn it_exports_its_symbols_and_no_others() {
    if !has("nm", "it_exports_its_symbols_and_no_others") {
        return;
    }
    let lines = said(Command::new("nm").args(["-D", "--defined-only"]).arg(library()));
    let names: Vec<&str> = lines.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(names, ["smash_get_api", "smash_version", "smash_version_number"]);
    assert_eq!(said(Command::new("nm").arg(library())), "");
}

#[test]
#[ignore = "links the library and the command"]
fn its_debug_symbols_belong_to_it() {
    if !has("readelf", "its_debug_symbols_belong_to_it") {
        return;
    }
    for file in [format!("lib/libsmash.so.{VERSION}"), "bin/smash".into()] {
        let notes = |file: &str| said(Command::new("readelf").arg("--notes").arg(unpacked().join(file)));
        let id = |text: &str| text.lines().find(|line| line.contains("Build ID")).unwrap().to_owned();
        assert_eq!(id(&notes(&file)), id(&notes(&format!("{file}.debug"))), "{file}");
        let link = ["--string-dump=.gnu_debuglink"];
        let link = said(Command::new("readelf").args(link).arg(unpacked().join(&file)));
        assert!(link.contains(&format!("{}.debug", file.rsplit('/').next().unwrap())), "{link}");
    }
}

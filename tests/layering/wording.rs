//! Comments fit the width of the code and say something.

use std::fs;

use smash_tests::source;

use crate::workspace::{is_under, packages, relative, root, rust_files};

/// `max_width` of `rustfmt.toml`, which rustfmt holds the code to and not the comments.
const WIDTH: usize = 110;

/// What says nothing, or says it in words that are ours alone. Put together, so that this file does not say
/// it.
const FILLER: [&str; 4] = [
    concat!("mani", "eth"),
    concat!(": Th", "en."),
    concat!("/// Wh", "ich."),
    concat!("/// What", " it is."),
];

/// True for a comment, and for code with one behind it; not for text with two strokes in it.
fn has_comment(line: &str) -> bool {
    let behind = line.find(" // ").is_some_and(|at| line[..at].matches('"').count().is_multiple_of(2));
    line.trim_start().starts_with("//") || behind
}

/// True for a line that is too wide because something in it cannot be broken: an address, a row of a table.
fn cannot_be_broken(line: &str) -> bool {
    let text = line.trim_start().trim_start_matches(['/', '!']).trim();
    line.contains("://") || text.starts_with('|') || !text.contains(' ')
}

#[test]
fn comments_are_as_wide_as_code() {
    let settings = fs::read_to_string(root().join("rustfmt.toml")).unwrap();
    assert!(
        settings.contains(&format!("max_width = {WIDTH}\n")),
        "rustfmt.toml has another width than {WIDTH}"
    );
    let mut wide = Vec::new();
    for (path, text) in rust_files() {
        for (i, line) in text.lines().enumerate() {
            if has_comment(line) && line.chars().count() > WIDTH && !cannot_be_broken(line) {
                wide.push(format!("{path}:{}", i + 1));
            }
        }
    }
    assert!(wide.is_empty(), "{} comments are wider than {WIDTH} columns:\n{}", wide.len(), wide.join("\n"));
}

#[test]
fn comments_say_something() {
    let mut found = Vec::new();
    for (path, text) in rust_files() {
        for (i, line) in text.lines().enumerate() {
            found.extend(
                FILLER
                    .iter()
                    .filter(|filler| line.contains(*filler))
                    .map(|f| format!("{path}:{}: {f}", i + 1)),
            );
        }
    }
    assert!(found.is_empty(), "comments that say nothing:\n{}", found.join("\n"));
}

/// Tests run what users run: no code asks whether it is being tested.
#[test]
fn no_source_asks_whether_it_is_tested() {
    let mut found = Vec::new();
    for package in packages().iter().filter(|package| !is_under(&package.folder, &["tests"])) {
        for file in source::files(&package.root.join(&package.folder).join("src")).unwrap() {
            let code = source::code(&fs::read_to_string(&file).unwrap());
            let lines = source::lines_with(&code, "cfg!(test)");
            found.extend(lines.iter().map(|line| format!("{}:{line}", relative(&package.root, &file))));
        }
    }
    assert!(found.is_empty(), "code that does something else under test:\n{}", found.join("\n"));
}

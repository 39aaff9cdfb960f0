//! What the tables of these tests and the documents name is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::arrows::ARROWS;
use crate::rooms::{ENVIRONMENT, PARSERS, POOLS, PROGRAMS, UNSAFE};
use crate::workspace::{packages, root, rust_files};

/// Documents that say where things are.
const DOCUMENTS: [&str; 3] = ["docs/ARCHITECTURE.md", "CONTRIBUTING.md", "docs/abi.md"];

/// What stands in backticks and between `](` and `)` on a line.
fn named(line: &str) -> (Vec<&str>, Vec<&str>) {
    let ticked = line.split('`').skip(1).step_by(2).collect();
    let linked = line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    (ticked, linked)
}

/// True for what can be a path here: a folder or a file, no command, option or pattern.
fn is_path(text: &str) -> bool {
    let shaped = text.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
    // As in `corpus/NAME`.
    let pattern = text.split('/').any(|name| name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase()));
    shaped
        && !pattern
        && !text.starts_with('.')
        && (text.contains('/') || text.ends_with(".rs") || text.ends_with(".md"))
}

/// The names at the root of the repository that are not made by building.
fn top() -> BTreeSet<String> {
    let entries =
        fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    entries.filter(|name| name != "target").collect()
}

/// What a line of a document names and is not there. The folders that stand first in the row of a table are
/// where the rest of the row is looked for.
fn not_there(document: &str, line: &str, top: &BTreeSet<String>, sources: &[String]) -> Vec<String> {
    let (ticked, linked) = named(line);
    let mut missing = Vec::new();
    let row = line.starts_with("| ");
    let first = line.trim_start_matches("| ").split(" | ").next().unwrap_or_default();
    let folders: Vec<&str> = if row {
        named(first).0.into_iter().filter(|text| top.contains(head(text))).collect()
    } else {
        Vec::new()
    };
    for text in ticked.into_iter().filter(|text| is_path(text)) {
        let here = root().join(text).exists();
        let known = top.contains(head(text));
        let inside =
            folders.iter().any(|f| ["", "src"].iter().any(|s| root().join(f).join(s).join(text).exists()));
        let source = sources.iter().any(|path| path.ends_with(&format!("/{text}")));
        // Elsewhere a folder that nothing here begins with is somebody's data.
        let claimed = known || text.ends_with(".rs") || row && !folders.is_empty();
        if claimed && !(here || inside || source && !known) {
            missing.push(format!("{document}: `{text}`"));
        }
    }
    let folder = root().join(document);
    let folder = folder.parent().unwrap();
    for link in linked.into_iter().map(|link| link.split('#').next().unwrap_or_default()) {
        if !link.is_empty() && !link.contains("://") && !folder.join(link).exists() {
            missing.push(format!("{document}: ({link})"));
        }
    }
    missing
}

/// The first name of a path.
fn head(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

#[test]
fn documents_name_what_is_there() {
    let top = top();
    let sources: Vec<String> = rust_files().into_iter().map(|(path, _)| format!("/{path}")).collect();
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).unwrap();
        missing.extend(text.lines().flat_map(|line| not_there(document, line, &top, &sources)));
    }
    assert!(missing.is_empty(), "documents name what is not there:\n{}", missing.join("\n"));
}

#[test]
fn tables_name_what_is_there() {
    let folders: Vec<String> = packages().into_iter().map(|package| package.folder).collect();
    for (from, to) in ARROWS {
        for folder in [&[*from], *to].concat() {
            assert!(folders.iter().any(|f| f == folder), "ARROWS names {folder}, which is no package");
        }
    }
    for place in [UNSAFE, PROGRAMS, ENVIRONMENT, POOLS, PARSERS].concat() {
        assert!(
            root().join(place).exists(),
            "a table of tests/layering/rooms.rs names {place}, which is not there"
        );
    }
}

#[test]
fn what_is_not_there_is_found() {
    let top = BTreeSet::from(["docs".to_owned(), "smash-core".to_owned()]);
    let found = |line: &str| {
        not_there("docs/ARCHITECTURE.md", line, &top, &["/smash-core/src/session.rs".to_owned()])
    };
    assert!(
        found("| `smash-core/` | `graph/`, `session.rs`, `Session`, `cargo test --x`, `a/*.rs` |").is_empty()
    );
    assert!(
        found("`cifar10/train` and `target/x` and [this](ARCHITECTURE.md#here) and <https://x.y/z>")
            .is_empty()
    );
    for line in [
        "`smash-core/python`",
        "`docs/nothing.md`",
        "| `smash-core/` | `rooms/` |",
        "`nothing.rs`",
        "[x](nothing.md)",
    ] {
        assert_eq!(found(line).len(), 1, "{line}");
    }
    assert!(Path::new(&root()).join("smash-core/src/graph").exists());
}

#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! The header is the contract: every standard accepts it, and its structs lie in memory as those of Rust do.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use smash_sdk::abi::layout::layouts;
use tempfile::TempDir;

fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../smash-plugin/include")
}

/// Compiles a text; what the compiler says on failure. `None`: there is no such compiler.
fn compile(
    compiler: &str,
    arguments: &[&str],
    extension: &str,
    text: &str,
) -> Option<Result<PathBuf, String>> {
    let folder = TempDir::new().unwrap().keep();
    let (source, program) = (folder.join("source").with_extension(extension), folder.join("program"));
    fs::write(&source, text).unwrap();
    let mut command = Command::new(compiler);
    command.args(["-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-I"]).arg(include()).args(arguments);
    let output = command.arg(&source).arg("-o").arg(&program).output().ok()?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(program) } else { Err(error) })
}

#[test]
fn every_standard_accepts_the_header_alone_and_twice() {
    let text = "#include <smash.h>\n#include <smash.h>\nint main(void) { return SMASH_OK; }\n";
    let cases = [
        ("cc", "c", "-std=c99"),
        ("cc", "c", "-std=c11"),
        ("c++", "cpp", "-std=c++11"),
        ("c++", "cpp", "-std=c++17"),
        ("c++", "cpp", "-std=c++20"),
    ];
    for (compiler, extension, standard) in cases {
        match compile(compiler, &[standard], extension, text) {
            Some(result) => drop(result.unwrap_or_else(|error| panic!("{standard}: {error}"))),
            None => println!("SKIP header_standards: no {compiler}"),
        }
    }
}

/// The golden file changes only when something is added at the end of a struct, with a new minor version.
#[test]
fn structs_lie_as_the_header_says() {
    let layouts = layouts();
    let mut golden = serde_json::Map::new();
    for layout in &layouts {
        let fields: serde_json::Map<String, Value> =
            layout.fields.iter().map(|(name, offset)| ((*name).to_owned(), json!(offset))).collect();
        golden.insert(layout.name.into(), json!({"size": layout.size, "fields": fields}));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/abi_v1.json");
    let text = serde_json::to_string_pretty(&golden).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "UPDATE_GOLDEN=1 rewrites {}", path.display());

    let mut program = "#include <smash.h>\n#include <stdio.h>\nint main(void) {\n".to_owned();
    let mut expected = String::new();
    for layout in &layouts {
        let name = layout.name;
        writeln!(program, "  printf(\"{name} %zu\\n\", sizeof({name}));").unwrap();
        writeln!(expected, "{name} {}", layout.size).unwrap();
        for (field, offset) in &layout.fields {
            writeln!(program, "  printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));").unwrap();
            writeln!(expected, "{name}.{field} {offset}").unwrap();
        }
    }
    program.push_str("  return 0;\n}\n");
    let Some(program) = compile("cc", &["-std=c99"], "c", &program) else {
        println!("SKIP structs_lie_as_the_header_says: no cc");
        return;
    };
    let output = Command::new(program.unwrap()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

/// Numbers that the header and Rust both name.
#[test]
fn constants_are_those_of_the_header() {
    let header = fs::read_to_string(include().join("smash.h")).unwrap();
    let mut count = 0;
    for line in header.lines().filter_map(|line| line.strip_prefix("#define SMASH_")) {
        let mut words = line.split_whitespace();
        let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
        let Ok(value) = value.trim_end_matches('u').parse::<i32>() else { continue };
        use smash_sdk::abi;
        let ours = match name {
            "ABI_MAJOR" => abi::MAJOR as i32,
            "ABI_MINOR" => abi::MINOR as i32,
            "KIND_SEARCH_SPACE" => abi::KIND_SEARCH_SPACE as i32,
            "KIND_STRATEGY" => abi::KIND_STRATEGY as i32,
            "KIND_DATASET" => abi::KIND_DATASET as i32,
            "KIND_BACKEND" => abi::KIND_BACKEND as i32,
            "PLACE_NONE" => abi::PLACE_NONE as i32,
            "PLACE_HOST" => abi::PLACE_HOST as i32,
            "PLACE_DEVICE" => abi::PLACE_DEVICE as i32,
            "MODE_TRAIN" => 0,
            "MODE_EVAL" => 1,
            "MODE_CALIBRATE" => 2,
            code => {
                assert_eq!(abi::code_name(value), code);
                value
            }
        };
        assert_eq!(value, ours, "{name}");
        count += 1;
    }
    assert_eq!(count, 19 + 12);
}

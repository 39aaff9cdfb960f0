//! The header is the contract: every standard accepts it, and its structs lie in memory as those of Rust do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use smash_sdk::abi::layout::{Layout, dlpack, layouts};

use smash_tests::header::{Field, Header};
use smash_tests::python;

use crate::build::{compile, include};

#[test]
fn every_standard_accepts_each_header_alone_and_twice() {
    let cases = [
        ("cc", "c", "-std=c99"),
        ("cc", "c", "-std=c11"),
        ("c++", "cpp", "-std=c++11"),
        ("c++", "cpp", "-std=c++17"),
        ("c++", "cpp", "-std=c++20"),
    ];
    for header in ["smash.h", "smash_dlpack.h", "smash.hpp"] {
        for (compiler, extension, standard) in
            cases.into_iter().filter(|case| header.ends_with(".h") || case.1 == "cpp")
        {
            let text = format!("#include <{header}>\n#include <{header}>\nint main() {{ return 0; }}\n");
            let text = if extension == "c" { text.replace("main()", "main(void)") } else { text };
            match compile(compiler, &[standard, "-c"], extension, &text) {
                Some(result) => drop(result.unwrap_or_else(|error| panic!("{header} {standard}: {error}"))),
                None => println!("SKIP header_standards: no {compiler}"),
            }
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
        golden.insert(
            layout.name.into(),
            json!({"size": layout.size, "least": layout.min_size, "fields": fields}),
        );
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/abi_v1.json");
    let text = serde_json::to_string_pretty(&golden).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "UPDATE_GOLDEN=1 rewrites {}", path.display());

    let Some(program) = compile("cc", &["-std=c99"], "c", &printing(&[layouts.clone(), dlpack()].concat()))
    else {
        println!("SKIP structs_lie_as_the_header_says: no cc");
        return;
    };
    let output = Command::new(program.unwrap()).output().unwrap();
    let expected = expected(&[layouts, dlpack()].concat());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

/// The module for hosts in Python has what the header declares, and nothing that somebody counted.
#[test]
fn the_layout_for_python_is_made_of_the_header() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../adapters/python/smash_nas/smash_layout.py");
    let text = python::layout(&Header::read());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap();
    assert!(text == found, "{} is not what smash.h declares: cargo xtask layout", path.display());
}

/// What the description that tests and bindings are made of says is what Rust and a C compiler say.
#[test]
fn the_description_of_the_header_is_that_of_rust() {
    let header = Header::read();
    for Layout { name, fields, .. } in layouts() {
        let described: Vec<&str> = header.get(name).fields.iter().map(Field::name).collect();
        let ours: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
        assert_eq!(described, ours, "{name}");
    }
}

/// A program that prints what [`expected`] says.
fn printing(layouts: &[Layout]) -> String {
    let mut program = "#include <smash.h>\n#include <stdio.h>\nint main(void) {\n".to_owned();
    for Layout { name, fields, .. } in layouts {
        writeln!(program, "  printf(\"{name} %zu\\n\", sizeof({name}));").unwrap();
        for (field, _) in fields {
            writeln!(program, "  printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));").unwrap();
        }
    }
    program + "  return 0;\n}\n"
}

fn expected(layouts: &[Layout]) -> String {
    let mut expected = String::new();
    for Layout { name, size, fields, .. } in layouts {
        writeln!(expected, "{name} {size}").unwrap();
        for (field, offset) in fields {
            writeln!(expected, "{name}.{field} {offset}").unwrap();
        }
    }
    expected
}

/// Each struct that a caller fills in has a macro that fills in its size and every other field.
#[test]
fn structs_have_initialisers() {
    let name = |name: &str| {
        let mut macro_name = String::from("SMASH");
        for c in name.strip_prefix("Smash").unwrap().chars() {
            macro_name.extend(c.is_ascii_uppercase().then_some('_'));
            macro_name.push(c.to_ascii_uppercase());
        }
        macro_name + "_INIT"
    };
    let mut program = "#include <smash.h>\n".to_owned();
    let mut checks = String::new();
    // What this library fills in itself has none.
    let ours = ["SmashApi", "SmashHost", "SmashOutcome", "SmashEstimatorContext"];
    for Layout { name: of, fields, .. } in layouts().iter().filter(|layout| !ours.contains(&layout.name)) {
        writeln!(program, "static const {of} its_{of} = {};", name(of)).unwrap();
        if fields[0].0 == "struct_size" {
            write!(checks, " || its_{of}.struct_size != sizeof({of})").unwrap();
        }
    }
    writeln!(program, "int main() {{ return its_SmashBuf.len != 0{checks}; }}").unwrap();
    for (compiler, extension, standard) in
        [("cc", "c", "-std=c99"), ("c++", "cpp", "-std=c++11"), ("c++", "cpp", "-std=c++20")]
    {
        let text = if extension == "c" { program.replace("main()", "main(void)") } else { program.clone() };
        match compile(compiler, &[standard], extension, &text) {
            Some(built) => {
                let status = Command::new(built.unwrap()).status().unwrap();
                assert!(status.success(), "{standard}: a size is not that of its struct");
            }
            None => println!("SKIP structs_have_initialisers: no {compiler}"),
        }
    }
}

/// What a declaration becomes where `_WIN32` is defined, with these macros.
fn on_windows(function: &str, macros: &[&str]) -> Option<String> {
    let folder = tempfile::TempDir::new().unwrap();
    let source = folder.path().join("source.c");
    fs::write(&source, "#include <smash.h>\n").unwrap();
    let mut command = Command::new("cc");
    command.args(["-E", "-P", "-D_WIN32"]).args(macros).arg("-I").arg(include()).arg(source);
    let text = String::from_utf8(command.output().ok()?.stdout).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let at = text.find(&format!("{function}(")).unwrap_or_else(|| panic!("{function}: {text}"));
    Some(text[..at].rsplit(';').next().unwrap().trim().to_owned())
}

#[test]
fn hosts_import_and_plugins_export_on_windows() {
    for (function, macros, begins) in [
        ("smash_get_api", &[][..], "__declspec(dllimport) const"),
        ("smash_get_api", &["-DSMASH_BUILDING"], "__declspec(dllexport) const"),
        ("smash_get_api", &["-DSMASH_STATIC"], "const SmashApi"),
        ("smash_version_number", &[], "__declspec(dllimport) uint32_t"),
        ("smash_plugin_init_v1", &[], "__declspec(dllexport) SmashCode"),
        ("smash_plugin_init_v1", &["-DSMASH_STATIC"], "__declspec(dllexport) SmashCode"),
    ] {
        let Some(found) = on_windows(function, macros) else {
            println!("SKIP hosts_import_and_plugins_export_on_windows: no cc");
            return;
        };
        assert!(found.starts_with(begins) && found.contains("__cdecl"), "{function} {macros:?}: {found}");
    }
}

/// The members of each struct of a header, without comments and line breaks.
fn members(header: &str) -> BTreeMap<String, String> {
    let mut text = String::new();
    for (i, part) in header.split("/*").enumerate() {
        text.push_str(if i == 0 { part } else { part.split_once("*/").unwrap().1 });
    }
    let structs = text.split("typedef struct ").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once('{')?;
        let (members, _) = rest.split_once(&format!("}} {};", name.trim()))?;
        Some((name.trim().to_owned(), members.split_whitespace().collect::<Vec<_>>().join(" ")))
    });
    structs.collect()
}

/// The struct of the first header of which the second moved or took away something, or changed a type.
fn moved(frozen: &str, header: &str) -> Option<String> {
    let now = members(header);
    let kept = |name: &str, before: &str| now.get(name).is_some_and(|now| now.starts_with(before));
    members(frozen).into_iter().find(|(name, before)| !kept(name, before)).map(|(name, _)| name)
}

/// Since version 1.0, structs have only grown at their end.
#[test]
fn structs_grow_at_their_end() {
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi/v1_0/smash.h");
    let frozen = fs::read_to_string(frozen).unwrap();
    let header = fs::read_to_string(include().join("smash.h")).unwrap();
    assert!(members(&frozen).contains_key("SmashApi"), "{:?}", members(&frozen).keys());
    assert_eq!(moved(&frozen, &header), None);
    let grown = header.replace("} SmashApi;", "  void (SMASH_CALL *later)(void);\n} SmashApi;");
    assert_eq!(moved(&frozen, &grown), None);
    let renamed = header.replace("*search_step)", "*search_steps)");
    assert_eq!(moved(&frozen, &renamed).as_deref(), Some("SmashApi"));
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
        let version = |part: &str| part.parse::<i32>().unwrap();
        let ours = match name {
            "VERSION_MAJOR" => version(env!("CARGO_PKG_VERSION_MAJOR")),
            "VERSION_MINOR" => version(env!("CARGO_PKG_VERSION_MINOR")),
            "VERSION_PATCH" => version(env!("CARGO_PKG_VERSION_PATCH")),
            "ABI_MAJOR" => abi::MAJOR as i32,
            "ABI_MINOR" => abi::MINOR as i32,
            "KIND_SPACE" => abi::KIND_SPACE as i32,
            "KIND_PROPOSER" => abi::KIND_PROPOSER as i32,
            "KIND_ESTIMATOR" => abi::KIND_ESTIMATOR as i32,
            "KIND_DATASET" => abi::KIND_DATASET as i32,
            "KIND_BACKEND" => abi::KIND_BACKEND as i32,
            "PLACE_NONE" => abi::PLACE_NONE as i32,
            "PLACE_HOST" => abi::PLACE_HOST as i32,
            "PLACE_DEVICE" => abi::PLACE_DEVICE as i32,
            "NETWORK_ONE_SHOT" => abi::NETWORK_ONE_SHOT as i32,
            "NETWORK_STANDALONE" => abi::NETWORK_STANDALONE as i32,
            "CTX_ALLOW_PLUGINS" => abi::CTX_ALLOW_PLUGINS as i32,
            "CTX_ALLOW_ENV_PATHS" => abi::CTX_ALLOW_ENV_PATHS as i32,
            "PHASE_TRAINING" => abi::PHASE_TRAINING as i32,
            "PHASE_SEARCHING" => abi::PHASE_SEARCHING as i32,
            "PHASE_RETRAINING" => abi::PHASE_RETRAINING as i32,
            "EVENT_OTHER" => abi::EVENT_OTHER as i32,
            "EVENT_PHASE" => abi::EVENT_PHASE as i32,
            "EVENT_STEP" => abi::EVENT_STEP as i32,
            "EVENT_EPOCH" => abi::EVENT_EPOCH as i32,
            "EVENT_CANDIDATE" => abi::EVENT_CANDIDATE as i32,
            "CONTINUE" => abi::CONTINUE,
            "PAUSE" => abi::PAUSE,
            "STOP" => abi::STOP,
            "MODE_TRAIN" => abi::MODE_TRAIN as i32,
            "MODE_EVAL" => abi::MODE_EVAL as i32,
            "MODE_CALIBRATE" => abi::MODE_CALIBRATE as i32,
            code => {
                assert_eq!(abi::code_name(value), code);
                value
            }
        };
        assert_eq!(value, ours, "{name}");
        count += 1;
    }
    assert_eq!(count, 22 + 31);
}

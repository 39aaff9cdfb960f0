//! What authors of plugins are given: a crate to begin with, a conformance kit, and a list of what lies in
//! folders.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_plugin::{Error, Registry};
use smash_tests::kit::Place;
use smash_tests::plugins::{build, build_c, installed, root, with_manifest};

/// Scaffolds a plugin, tests it, builds it and checks it.
fn scaffolded(kind: &str) {
    let place = Place::new();
    let name = format!("my-{kind}");
    let said = place.good(&["plugin", "new", &name, "--kind", kind, "--source", root().to_str().unwrap()]);
    assert!(said.contains("cargo test"), "{said}");
    let folder = place.path(&name);
    // The versions that this workspace has, so that nothing is fetched.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = std::env::current_exe().unwrap();
    let target = target.ancestors().find(|path| path.ends_with("release")).and_then(Path::parent);
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).args(["--release", "--offline"]).current_dir(&folder);
        target.map(|target| command.env("CARGO_TARGET_DIR", target));
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{kind}: {error}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(cargo(&["test"]).contains("1 passed"));
    cargo(&["build"]);
    let built = target.map_or_else(|| folder.join("target"), Path::to_path_buf).join("release");
    let (_installed, manifest) = installed(&built.join(format!("lib{}.so", name.replace('-', "_"))));
    let report = place.good(&["plugin", "check", manifest.to_str().unwrap()]);
    assert!(report.contains("it_is_searched: ok") && report.contains("keeps its promises"), "{report}");
}

#[test]
fn a_scaffolded_space_passes_its_test() {
    scaffolded("space");
}

#[test]
#[ignore = "builds four more crates, which takes a minute"]
fn scaffolded_plugins_of_the_other_kinds_pass_their_tests() {
    ["proposer", "estimator", "dataset", "backend"].into_iter().for_each(scaffolded);
}

#[test]
fn scaffolds_are_not_written_over_others() {
    let place = Place::new();
    let refused = |name: &str, said: &str| {
        let output = place.command(&["plugin", "new", name, "--kind", "space"]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(said), "{name}: {error}");
    };
    place.write("here", "");
    refused("here", "it exists already");
    for name in ["../up", "Upper", "", "a b"] {
        refused(name, "expected a crate's name");
    }
}

#[test]
fn every_sample_is_in_the_book() {
    let book = fs::read_to_string(root().join("docs/writing-a-plugin.md")).unwrap();
    for (language, file) in [
        ("rust", "space/src/lib.rs"),
        ("rust", "proposer/src/lib.rs"),
        ("rust", "estimator/src/lib.rs"),
        ("rust", "dataset/src/lib.rs"),
        ("rust", "backend/src/lib.rs"),
        ("c", "dataset_c/stripes.c"),
    ] {
        let sample = fs::read_to_string(root().join("tests/plugins").join(file)).unwrap();
        assert!(
            book.contains(&format!("```{language}\n{sample}```")),
            "copy tests/plugins/{file} into the book"
        );
    }
}

#[test]
fn plugins_that_crash_hang_exit_or_lie_fail_their_check_and_nothing_else() {
    let Some((_built, library)) = build_c("hostile_c/hostile.c") else {
        println!("SKIP plugins_that_crash_hang_exit_or_lie_fail_their_check_and_nothing_else: no cc");
        return;
    };
    let (_folder, manifest) = installed(&library);
    let place = Place::new();
    let output =
        place.command(&["plugin", "check", "--patience", "2", manifest.to_str().unwrap()]).output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{report}");
    for said in [
        "it crashed after the start (signal 6)",
        "it crashed after the start (exit status: 7)",
        "it hangs: nothing happened for 2 s after the start",
        "describe/examples: expected 1 to",
        "hostile: 4 of 4 components fail",
    ] {
        assert!(report.contains(said), "expected {said:?} in {report}");
    }
}

#[test]
fn folders_are_loaded_in_order_and_what_is_faulty_is_listed() {
    let place = Place::new();
    fs::set_permissions(place.path("."), Permissions::from_mode(0o755)).unwrap();
    for folder in ["first", "second"] {
        fs::create_dir(place.path(folder)).unwrap();
        fs::set_permissions(place.path(folder), Permissions::from_mode(0o755)).unwrap();
    }
    let library = build("smash-sample-proposer");
    let good = with_manifest(&library, &place.path("first"), "b.smash.json");
    let again = with_manifest(&library, &place.path("second"), "a.smash.json");
    place.write("first/a.smash.json", "{}");
    let mut other: Value = serde_json::from_str(&fs::read_to_string(&good).unwrap()).unwrap();
    other["sha256"] = "00".into();
    place.write("first/c.smash.json", &other.to_string());
    fs::set_permissions(place.path("first/c.smash.json"), Permissions::from_mode(0o644)).unwrap();
    place.write("first/d.json", "no manifest");

    let mut registry = Registry::builtin().unwrap();
    for folder in ["first", "second", "third"] {
        registry.load_plugins_in(&place.path(folder));
    }
    assert_eq!(registry.get(Kind::Strategy, "local").unwrap().source().manifest(), Some(good.as_path()));
    let faulty = registry.faulty();
    let names: Vec<_> =
        faulty.iter().map(|f| f.manifest.strip_prefix(place.path("")).unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["first/a.smash.json", "first/c.smash.json", "second/a.smash.json", "third"]);
    assert!(
        matches!(&faulty[2].error, Error::Duplicate { by, .. } if *by == [good, again]),
        "{}",
        faulty[2].error
    );
    assert!(faulty[2].error.to_string().contains("first/b.smash.json and by "), "{}", faulty[2].error);

    // The same from the command line, which runs nobody's code to list.
    let listed = place.good(&["plugin", "list", "first", "second"]);
    assert!(
        listed.contains("first/b.smash.json\n  smash-sample-proposer 0.1.0: proposer \"local\""),
        "{listed}"
    );
    assert!(listed.contains("first/a.smash.json\n  faulty: the manifest is not valid"), "{listed}");
    assert!(
        listed.contains("first/c.smash.json\n  faulty:") && listed.contains("expected sha256 00"),
        "{listed}"
    );
    let json: Value = serde_json::from_str(&place.good(&["plugin", "list", "--json", "first"])).unwrap();
    assert_eq!(json[1]["plugin"]["provides"], json!([{"kind": "proposer", "id": "local"}]));
    let output = place.command(&["--plugin-dir", "first", "list"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("Local search with restarts."));
    let warned = String::from_utf8_lossy(&output.stderr).matches("warning: not loaded").count();
    assert_eq!(warned, 2);

    // The environment counts only where it is allowed.
    let environment = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        let output = command.env("SMASH_PLUGIN_PATH", place.path("first")).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains("Local search with restarts.")
    };
    assert!(!environment(&["list"]));
    assert!(environment(&["--allow-plugin-path", "list"]));
}

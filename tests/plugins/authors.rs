//! What authors of plugins are given: a crate to begin with, a conformance kit, and a list of what lies in
//! folders.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_plugin::{Error, Registry};
use smash_tests::artifact;
use smash_tests::kit::Place;
use smash_tests::plugins::{build_c, installed, root, with_manifest};

/// The commands of the book's beginning, without their comments; DIR is the folder with the sources.
fn book() -> String {
    let book = fs::read_to_string(root().join("docs/writing-a-plugin.md")).unwrap();
    let (_, begin) = book.split_once("```sh\n").unwrap();
    let (commands, _) = begin.split_once("```").unwrap();
    commands.lines().map(|line| line.split("  #").next().unwrap().trim_end().to_owned() + "\n").collect()
}

/// Runs the commands of the book for a kind, one after the other as they are printed there, in an empty
/// folder outside of the repository. Other crates are those that this repository was built with.
fn begun(kind: &str) {
    let place = Place::new();
    let root = root().canonicalize().unwrap();
    assert!(!place.path("").starts_with(&root));
    let name = format!("my-{kind}");
    let id = name.replace('-', "_");
    let commands = book().replace("my-space", &name).replace("my_space", &id);
    let commands = commands.replace("--kind space", &format!("--kind {kind}"));
    let (new, then) = commands.split_once('\n').unwrap();
    let smash = place.command(&[]).get_program().to_owned();
    let path = Path::new(&smash).parent().unwrap().to_str().unwrap();
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-e", "-c", script]).current_dir(place.path(""));
        command.env("PATH", format!("{path}:{}", std::env::var("PATH").unwrap()));
        command.env("CARGO_NET_OFFLINE", "true").env_remove("CARGO_TARGET_DIR");
        let output = command.output().unwrap();
        let (said, error) =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).into();
        assert!(output.status.success(), "{script}: {said}{error}");
        said
    };
    let said = shell(&new.replace("DIR", root.to_str().unwrap()));
    // What it prints are the rest of the commands.
    let printed: String = said.lines().skip(1).map(|line| line.trim().to_owned() + "\n").collect();
    assert_eq!(printed, then, "{kind}");
    // Nothing is built twice: `target` is where this test was built, or else a folder of its own.
    let test = std::env::current_exe().unwrap();
    if let Some(release) = test.ancestors().find(|path| path.ends_with("release")) {
        symlink(release.parent().unwrap(), place.path(&name).join("target")).unwrap();
    }
    let said = shell(then);
    assert!(said.contains("1 passed"), "{kind}: {said}");
    assert!(said.contains("it_is_searched: ok") && said.contains("keeps its promises"), "{kind}: {said}");
    let run = place.path(&name).join("runs/job");
    let job = fs::read_to_string(run.join("job.json")).unwrap();
    assert!(job.contains(&id) && run.join("model.safetensors").exists(), "{kind}: {job}");
}

#[test]
fn a_space_begins_as_the_book_says() {
    begun("space");
}

#[test]
#[ignore = "builds four more crates, which takes a minute"]
fn plugins_of_the_other_kinds_begin_as_the_book_says() {
    ["proposer", "estimator", "dataset", "backend"].into_iter().for_each(begun);
}

/// Crates of these names elsewhere are not ours.
#[test]
fn a_scaffold_depends_on_a_source_tree() {
    let place = Place::new();
    let refused = |args: &[&str], said: &str| {
        let output = place.command(&[&["plugin", "new", "mine", "--kind", "space"], args].concat()).output();
        let output = output.unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(said), "{args:?}: {error}");
        assert!(!place.path("mine").exists());
    };
    refused(&[], "expected --source DIR, the folder with the sources of SMASH");
    refused(
        &["--source", "."],
        "expected the folder with the sources of SMASH, found no smash-core/Cargo.toml",
    );
    place.good(&["plugin", "new", "mine", "--kind", "backend", "--source", root().to_str().unwrap()]);
    let cargo = place.text("mine/Cargo.toml");
    let ours: Vec<&str> = cargo.lines().filter(|line| line.starts_with("smash-")).collect();
    assert!(ours.len() == 3 && ours.iter().all(|line| line.contains("{ path = \"/")), "{cargo}");
}

#[test]
fn scaffolds_are_not_written_over_others() {
    let (place, root) = (Place::new(), root());
    let tree = root.to_str().unwrap();
    let refused = |name: &str, said: &str| {
        let output =
            place.command(&["plugin", "new", name, "--kind", "space", "--source", tree]).output().unwrap();
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
    for (page, language, file) in [
        ("writing-a-plugin.md", "rust", "space/src/lib.rs"),
        ("mobile-space.md", "rust", "mobile/src/lib.rs"),
        ("writing-a-plugin.md", "rust", "proposer/src/lib.rs"),
        ("writing-a-plugin.md", "rust", "estimator/src/lib.rs"),
        ("writing-a-plugin.md", "rust", "dataset/src/lib.rs"),
        ("writing-a-plugin.md", "rust", "backend/src/lib.rs"),
        ("writing-a-plugin.md", "c", "dataset_c/stripes.c"),
    ] {
        let book = fs::read_to_string(root().join("docs").join(page)).unwrap();
        let sample = fs::read_to_string(root().join("tests/plugins").join(file)).unwrap();
        assert!(
            book.contains(&format!("```{language}\n{sample}```")),
            "copy tests/plugins/{file} into docs/{page}"
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
    let library = artifact::library("smash-sample-proposer");
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

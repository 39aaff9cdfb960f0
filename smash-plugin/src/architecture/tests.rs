use serde_json::{Value, json};
use smash_core::architecture::ArchitectureFile;
use smash_core::random::Seed;
use smash_core::task::Task;

use super::{architecture_file, space_of};
use crate::{Error, Job, Registry};

fn task() -> Task {
    Task { channels: 2, extents: vec![4, 4], classes: 2 }
}

fn file(registry: &Registry) -> ArchitectureFile {
    let document = json!({"space": {"type": "toy", "layers": 3}, "backend": {"type": "absent"}});
    let job = Job::parse(registry, &document).unwrap();
    let space = registry.space(&job.space, &task()).unwrap();
    architecture_file(&job, &task(), space.sample(&mut Seed::new(0).random(), 1.0).unwrap())
}

#[test]
fn a_file_carries_all_that_is_needed() {
    let registry = Registry::builtin().unwrap();
    let file = file(&registry);
    assert_eq!(file.settings.as_ref().unwrap()["layers"], 3);
    let text = serde_json::to_string(&file).unwrap();
    let again: ArchitectureFile = serde_json::from_str(&text).unwrap();
    let (space, found) = space_of(&registry, &again, None).unwrap();
    assert_eq!((space.id(), found), ("toy", task()));
}

#[test]
fn what_a_file_lacks_comes_from_the_job() {
    let registry = Registry::builtin().unwrap();
    let bare = ArchitectureFile { settings: None, task: None, ..file(&registry) };
    let (space, found) = space_of(&registry, &bare, Some((&json!({"type": "toy"}), &task()))).unwrap();
    assert_eq!((space.id(), found), ("toy", task()));
}

#[test]
fn broken_files_are_explained() {
    let registry = Registry::builtin().unwrap();
    let good = serde_json::to_value(file(&registry)).unwrap();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        let file: ArchitectureFile = serde_json::from_value(value).unwrap();
        let error = space_of(&registry, &file, None).map(drop).unwrap_err();
        assert!(matches!(error, Error::Architecture(_)) && error.exit_code() == 2, "{error:?}");
        error.to_string()
    };
    type Change<'a> = &'a dyn Fn(&mut Value);
    let cases: [(Change<'_>, &str); 6] = [
        (&|f| f["settings"] = Value::Null, "architecture: /: missing field \"settings\""),
        (&|f| f["task"] = Value::Null, "architecture: /: missing field \"task\""),
        (
            &|f| f["settings"]["layers"] = json!(9),
            "architecture: /settings/layers: expected at most 4, found 9",
        ),
        (&|f| f["settings"]["type"] = json!("toyy"), "architecture: /settings/type: expected one of "),
        (
            &|f| f["space"] = json!("cell"),
            "architecture: /space: expected \"toy\", the space of the settings, found \"cell\"",
        ),
        (&|f| f["choices"] = json!([]), "architecture: /choices/depth: expected 1 to 4, found nothing"),
    ];
    for (change, message) in cases {
        let found = broken(change);
        assert!(found.starts_with(message), "{found}");
    }
}

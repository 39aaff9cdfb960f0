//! A host and the command line give one answer on a job.

use serde_json::{Value, json};
use smash_plugin::embed::{Context, Options};
use smash_tests::kit::Place;

/// Jobs, and where their first problem is; none for those that are valid.
fn jobs() -> Vec<(Value, Option<&'static str>)> {
    let small = json!({
        "strategy": {"type": "smash", "epochs": 1, "search": {"random": 2, "perturbation": 0, "chain": 0}},
        "retrain": {"epochs": 1}
    });
    let with = |pointer: &str, value: Value| {
        let mut job = small.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        job.pointer_mut(parent).unwrap()[key] = value;
        job
    };
    vec![
        (small.clone(), None),
        (with("/constraints", json!({"max_params": 300_000})), None),
        (with("/seed", json!(-1)), Some("/seed")),
        (with("/sed", json!(1)), Some("/sed")),
        (with("/strategy/batch", json!(0)), Some("/strategy/batch")),
        (with("/space", json!({"type": "memory-bank"})), Some("/space/type")),
        (with("/constraints", json!({"max_params": 1})), Some("/constraints")),
        (with("/constraints", json!({"max_params": 10, "min_params": 20})), Some("/constraints")),
        (with("/dataset", json!({"type": "cifar10", "path": "nowhere"})), Some("/dataset")),
        (with("/splits", json!({"type": "k_fold", "folds": 2, "fold": 2})), Some("/splits")),
    ]
}

#[test]
fn a_host_and_the_command_line_give_one_answer_on_a_job() {
    let place = Place::new();
    let context = Context::new(Options::default()).unwrap();
    for (job, pointer) in jobs() {
        place.write("job.json", &job.to_string());
        let output = place.command(&["validate", "job.json"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let answer = context.validate(&job.to_string(), None).unwrap();
        assert_eq!(answer["valid"], output.status.success(), "{job}: {answer} {said}");
        assert_eq!(answer["valid"], pointer.is_none(), "{job}: {answer} {said}");
        let problems = answer["problems"].as_array().unwrap();
        if let Some(pointer) = pointer {
            let found = problems[0]["pointer"].as_str().unwrap();
            assert!(found.starts_with(pointer), "{job}: {answer}");
        }
        for problem in problems {
            // What a component says when it is opened has no pointer on the command line.
            let message = problem["message"].as_str().unwrap();
            let message = message.split(": ").last().unwrap().split(", found").next().unwrap();
            assert!(said.contains(message), "{job}: {message:?} is not in {said}");
        }
    }
}

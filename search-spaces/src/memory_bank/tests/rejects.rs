//! Corrupted choices are rejected, with a pointer to the corruption.

use serde_json::{Value, json};
use smash_core::Error;

use super::*;

/// Block 0 of the base below: banks of 2 units, 4 of them filled by the 64 input channels.
fn base() -> Value {
    let conv = json!({"kernel": [5, 3], "dilation": [2, 1], "groups": 2});
    let op = |reads: Value, writes: Value| json!({"reads": reads, "writes": writes, "width": 4, "convs": [conv, conv, null, null]});
    json!({"blocks": [
        {"bank": 2, "ops": [op(json!([0, 3]), json!([1, 4])), op(json!([1, 4]), json!([0, 5]))]},
        {"bank": 1, "ops": []},
        {"bank": 3, "ops": []},
    ]})
}

fn space() -> MemoryBank {
    MemoryBankConfig { ops: Some(Ops::Variable), ..reference() }.build(&images()).unwrap()
}

fn architecture(choices: Value) -> Architecture {
    Architecture { space: ID.into(), version: VERSION, choices: choices.into() }
}

#[test]
fn the_base_is_valid() {
    space().validate(&architecture(base())).unwrap();
}

#[test]
fn corruptions_are_found_where_they_are() {
    let many: Vec<usize> = (0..8).collect();
    let cases = [
        ("/blocks", json!([]), "/blocks", "3 blocks"),
        ("/blocks/1/bank", json!(7), "/blocks/1/bank", "found 7"),
        ("/blocks/0/bank", json!(0), "/blocks/0/bank", "found 0"),
        ("/blocks/0/ops/0/reads", json!([]), "/blocks/0/ops/0/reads", "at least one"),
        ("/blocks/0/ops/0/reads", json!([3, 0]), "/blocks/0/ops/0/reads", "ascending"),
        ("/blocks/0/ops/0/reads", json!([0, 4]), "/blocks/0/ops/0/reads", "found 4"),
        ("/blocks/0/ops/1/width", json!(3), "/blocks/0/ops/1/width", "multiple"),
        ("/blocks/0/ops/1/width", json!(10), "/blocks/0/ops/1/width", "at most 8"),
        ("/blocks/0/ops/1/width", json!(0), "/blocks/0/ops/1/width", "found 0"),
        ("/blocks/0/ops/1/width", json!(8), "/blocks/0/ops/1/writes", "unused"),
        ("/blocks/0/ops/0/writes", json!([4, 1]), "/blocks/0/ops/0/writes", "ascending"),
        ("/blocks/0/ops/0/writes", json!([1]), "/blocks/0/ops/0/writes", "2 to 2 banks"),
        ("/blocks/0/ops/0/writes", json!([0, 1, 2]), "/blocks/0/ops/0/writes", "2 to 2 banks"),
        ("/blocks/0/ops/1/writes", json!([0, 6]), "/blocks/0/ops/1/writes", "first empty bank 5"),
        ("/blocks/0/ops/0/writes", json!([1, 2]), "/blocks/0/ops/1/reads", "found 4"),
        ("/blocks/0/ops/0/convs/1", json!(null), "", ""),
        ("/blocks/0/ops/0/convs/0", json!(null), "/blocks/0/ops/0/convs", "found 0100"),
        ("/blocks/0/ops/0/convs/0/kernel", json!([3]), "/blocks/0/ops/0/convs/0/kernel", "2 axes"),
        ("/blocks/0/ops/0/convs/0/kernel/1", json!(4), "/blocks/0/ops/0/convs/0/kernel/1", "found 4"),
        ("/blocks/0/ops/0/convs/0/kernel/0", json!(7), "/blocks/0/ops/0/convs/0/dilation/0", "kernel of 7"),
        ("/blocks/0/ops/0/convs/1/dilation/1", json!(4), "/blocks/0/ops/0/convs/1/dilation/1", "1 to 3"),
        ("/blocks/0/ops/0/convs/1/dilation/1", json!(0), "/blocks/0/ops/0/convs/1/dilation/1", "found 0"),
        ("/blocks/0/ops/0/convs/1/groups", json!(3), "/blocks/0/ops/0/convs/1/groups", "found 3"),
        ("/blocks/0/ops/0/reads", json!("none"), "/blocks/0/ops/0", "invalid type"),
        ("/blocks/0/ops/1/groups", json!(1), "/blocks/0/ops/1", "unknown field"),
        ("/blocks/2/ops", json!(4), "/blocks/2", "invalid type"),
        ("/more", json!(4), "", "unknown field"),
        ("/blocks/1/ops", json!([read_one()]), "/blocks/1/ops/0/reads", "multiple of 2 banks"),
        ("/blocks/1/ops", json!(vec![read_many(&many); 400]), "/blocks/1/ops/25/reads", "slices left"),
    ];
    let space = space();
    for (at, value, pointer, message) in cases {
        let mut choices = base();
        set(&mut choices, at, value);
        match space.validate(&architecture(choices.clone())) {
            Ok(()) => assert!(message.is_empty(), "{at} was accepted"),
            Err(Error::Invalid(problem)) => {
                assert_eq!(problem.pointer, format!("/choices{pointer}"), "{at}: {problem}");
                assert!(!message.is_empty() && problem.message.contains(message), "{at}: {problem}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn read_one() -> Value {
    read_many(&[0])
}

fn read_many(reads: &[usize]) -> Value {
    let conv = json!({"kernel": [3, 3], "dilation": [1, 1], "groups": 1});
    json!({"reads": reads, "writes": [0], "width": 1, "convs": [conv, null, null, null]})
}

/// Sets the value at a JSON pointer; a missing member is added.
fn set(root: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match root.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        parent => parent[key] = value,
    }
}

#[test]
fn other_spaces_and_versions_are_refused() {
    let mut foreign = architecture(base());
    foreign.space = "cell".into();
    assert!(space().validate(&foreign).unwrap_err().to_string().contains("\"cell\""));
    let mut newer = architecture(base());
    newer.version = 2;
    assert!(space().build(&newer, smash_core::space::WeightScheme::OneShot).is_err());
}

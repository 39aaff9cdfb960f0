//! Invalid jobs and their error messages.

use serde_json::{Value, json};

use super::{parse, problems};

#[test]
fn every_problem_is_one_plain_line_at_the_leaf() {
    let cases: &[(Value, &[&str])] = &[
        (
            json!({"sed": 1}),
            &["/sed: unknown field, did you mean \"seed\"? (known: backend, budget, constraints, "],
        ),
        (json!({"wholly_other": 1}), &["/wholly_other: unknown field (known: backend, "]),
        (json!({"a/b~": 1}), &["/a~1b~0: unknown field (known: "]),
        (json!({"seed": -1}), &["/seed: expected at least 0, found -1"]),
        (json!({"seed": "1"}), &["/seed: expected a whole number, found \"1\""]),
        (json!({"seed": 1.5}), &["/seed: expected a whole number, found 1.5"]),
        (json!({"seed": 1e30}), &["/seed: expected at most 18446744073709551615, found 1e+30"]),
        (json!({"threads": 5000}), &["/threads: expected at most 4096, found 5000"]),
        (json!({"retrain": []}), &["/retrain: expected an object, found an array of 0"]),
        (
            json!({"retrain": {"use_validation": 1}}),
            &["/retrain/use_validation: expected true or false, found 1"],
        ),
        (
            json!({"budget": {"search_seconds": -0.5}}),
            &["/budget/search_seconds: expected at least 0, found -0.5"],
        ),
        // Components: type first, then the rest.
        (json!({"space": "toy"}), &["/space: expected an object with the field \"type\", found \"toy\""]),
        (json!({"space": {"layers": 0}}), &["/space: missing field \"type\": expected one of "]),
        (json!({"space": {"type": 3, "layers": 0}}), &["/space/type: expected one of "]),
        (json!({"backend": {"type": "absnt"}}), &["found \"absnt\", did you mean \"absent\"?"]),
        (
            json!({"strategy": {"type": "smsh"}}),
            &[
                "/strategy/type: expected one of \"evolution\", \"perturbation_chain\", \"random\", \"smash\", found \"smsh\", did you mean \"smash\"?",
            ],
        ),
        (
            json!({"space": {"type": "toy", "layer": 1}}),
            &[
                "/space/layer: unknown field, did you mean \"layers\"? (known: broken, form, layers, names, offset)",
            ],
        ),
        (json!({"space": {"type": "toy", "layers": 9}}), &["/space/layers: expected at most 4, found 9"]),
        (
            json!({"space": {"type": "toy", "layers": 0.5}}),
            &["/space/layers: expected a whole number, found 0.5"],
        ),
        (
            json!({"space": {"type": "toy", "offset": 1e20}}),
            &["/space/offset: expected at most 9223372036854775807, found 1e+20"],
        ),
        (
            json!({"space": {"type": "toy", "names": ["a", "b", "c"]}}),
            &["/space/names: expected at most 2 items, found 3"],
        ),
        (
            json!({"space": {"type": "toy", "names": ["a", "a"]}}),
            &["/space/names: expected items that all differ, found some twice"],
        ),
        (
            json!({"space": {"type": "toy", "names": ["a", 1]}}),
            &["/space/names/1: expected a string, found 1"],
        ),
        (
            json!({"strategy": {"type": "smash", "search": {"random": 0}}}),
            &["/strategy/search/random: expected at least 1, found 0"],
        ),
        (
            json!({"strategy": {"type": "evolution", "search": {"population": 0, "random": 3}}}),
            &[
                "/strategy/search/population: expected at least 1, found 0",
                "/strategy/search/random: unknown field (known: candidates, crossover, population, rate, sample)",
            ],
        ),
        (
            json!({"strategy": {"type": "smash", "hypernet": {"stages": []}}}),
            &["/strategy/hypernet/stages: expected at least 1 item, found 0"],
        ),
        (
            json!({"strategy": {"type": "smash", "betas": [0.5]}}),
            &["/strategy/betas: expected at least 2 items, found 1"],
        ),
        (
            json!({"strategy": {"type": "smash", "betas": [-0.5, 1]}}),
            &[
                "/strategy/betas/0: expected at least 0, found -0.5",
                "/strategy/betas/1: expected less than 1, found 1",
            ],
        ),
        // Any proposer with any estimator, and the problems of both.
        (
            json!({"strategy": {"type": "smash", "estimator": {"type": "hypernet"}}}),
            &["/strategy/estimator: unknown field (known: "],
        ),
        (
            json!({"strategy": {"type": "random", "estimator": {"type": "hypernot"}}}),
            &[
                "/strategy/estimator/type: expected one of \"host\", \"hypernet\", found \"hypernot\", did you mean \"hypernet\"?",
            ],
        ),
        (
            json!({"strategy": {"type": "random", "estimator": "hypernet"}}),
            &["/strategy/estimator: expected an object with the field \"type\", found \"hypernet\""],
        ),
        (
            json!({"strategy": {"type": "random", "search": {"candidate": 3}, "estimator": {"type": "hypernet", "epoch": 3, "betas": [0.5, 1.5]}}}),
            &[
                "/strategy/search/candidate: unknown field, did you mean \"candidates\"?",
                "/strategy/estimator/epoch: unknown field, did you mean \"epochs\"?",
                "/strategy/estimator/betas/1: expected less than 1, found 1.5",
            ],
        ),
        // Enums: of names, tagged objects, optional ones, mixed ones.
        (
            json!({"strategy": {"type": "smash", "hypernet": {"weight_norm": "frobenus"}}}),
            &[
                "/strategy/hypernet/weight_norm: expected one of \"frobenius\", \"variance\", found \"frobenus\", did you mean \"frobenius\"?",
            ],
        ),
        (
            json!({"retrain": {"schedule": "cosine"}}),
            &["/retrain/schedule: expected an object with the field \"type\", found \"cosine\""],
        ),
        (
            json!({"retrain": {"schedule": {}}}),
            &[
                "/retrain/schedule: missing field \"type\": expected one of \"cosine\", \"step\", \"constant\"",
            ],
        ),
        (
            json!({"retrain": {"schedule": {"type": "stepp"}}}),
            &[
                "/retrain/schedule/type: expected one of \"cosine\", \"step\", \"constant\", found \"stepp\", did you mean \"step\"?",
            ],
        ),
        (
            json!({"retrain": {"schedule": {"type": "step", "at": ["x"], "factr": 1}}}),
            &[
                "/retrain/schedule: missing field \"factor\"",
                "/retrain/schedule/at/0: expected a number, found \"x\"",
                "/retrain/schedule/factr: unknown field, did you mean \"factor\"? (known: at, factor)",
            ],
        ),
        (
            json!({"retrain": {"schedule": {"type": "constant", "at": []}}}),
            &["/retrain/schedule/at: unknown field, none is allowed here"],
        ),
        (
            json!({"space": {"type": "toy", "form": "plan"}}),
            &["/space/form: expected \"plain\", found \"plan\", did you mean \"plain\"?"],
        ),
        (
            json!({"space": {"type": "toy", "form": {"scaled": "x"}}}),
            &["/space/form/scaled: expected a number, found \"x\""],
        ),
        (
            json!({"space": {"type": "toy", "form": 3}}),
            &["/space/form: found 3, which fits none of the allowed forms"],
        ),
        // Rules between fields.
        (
            json!({"constraints": {"min_params": 10, "max_params": 5}}),
            &["/constraints/min_params: min_params 10 exceeds max_params 5"],
        ),
        // All at once.
        (
            json!({"seed": true, "space": {"type": "toy", "layers": "a"}, "dataset": {}, "constraints": {"min_macs": 2, "max_macs": 1}}),
            &[
                "/seed: expected a whole number, found true",
                "/space/layers: expected a whole number, found \"a\"",
                "/dataset: missing field \"type\"",
                "/constraints/min_macs: ",
            ],
        ),
    ];
    for (fields, expected) in cases {
        let found = problems(parse(fields.clone()).unwrap_err());
        assert_eq!(found.len(), expected.len(), "{fields}\n{found:#?}");
        for fragment in *expected {
            assert!(found.iter().any(|line| line.contains(fragment)), "{fragment}\n{found:#?}");
        }
        assert!(found.iter().all(|line| line.starts_with('/') && !line.contains('\n')), "{found:#?}");
    }
}

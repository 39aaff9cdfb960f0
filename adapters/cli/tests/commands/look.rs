//! Commands that only look: help, list, schema, validate, sample, describe.

use serde_json::Value;

use crate::kit::Place;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn help_is_there_for_every_command() {
    let place = Place::new();
    let help = place.good(&["--help"]);
    let commands = [
        "search", "validate", "schema", "list", "sample", "describe", "convert", "train", "score", "predict",
        "plot", "fetch", "data",
    ];
    for command in commands {
        assert!(help.contains(command), "{help}");
        assert!(place.good(&[command, "--help"]).contains("Usage:"));
    }
    assert!(place.good(&["--version"]).starts_with("smash "));
    assert_eq!(place.run(&[]).code, 2);
    assert_eq!(place.run(&["serch"]).code, 2);
    assert_eq!(place.run(&["search"]).code, 2);
}

#[test]
fn lists_components() {
    let place = Place::new();
    let table = place.good(&["list"]);
    for id in ["memory_bank", "smash", "digits", "cifar10", "modelnet10", "native"] {
        assert!(table.contains(id), "{table}");
    }
    let entries = json(&place.good(&["list", "--json"]));
    let digits = entries.as_array().unwrap().iter().find(|e| e["id"] == "digits").unwrap();
    assert_eq!(digits["kind"], "dataset");
    assert!(digits["about"].is_string());
}

#[test]
fn prints_schemas() {
    let place = Place::new();
    assert!(json(&place.good(&["schema"]))["properties"]["space"].is_object());
    assert!(json(&place.good(&["schema", "dataset"]))["cifar10"]["properties"]["path"].is_object());
    let smash = json(&place.good(&["schema", "strategy", "smash"]));
    assert!(smash["properties"]["epochs"]["description"].is_string());
    place.bad(&["schema", "strategy", "smesh"], 2, &["\"smash\"", "smesh"]);
    assert_eq!(place.run(&["schema", "strategies"]).code, 2);
}

#[test]
fn validates_and_estimates() {
    let place = Place::new();
    let text = place.good(&["validate", "small.json"]);
    assert!(text.starts_with("valid\n"), "{text}");
    assert!(text.contains("1×8×8 → 10 classes") && text.contains("8 candidates"), "{text}");
    let text = place.good(&["validate", "small.json", "--estimate"]);
    for word in ["training", "searching", "retraining", "PEAK MEMORY", "total"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(place.names(), ["small.json"]);
}

#[test]
fn samples_are_stable_and_their_own() {
    let place = Place::new();
    let three = place.good(&["sample", "small.json", "-n", "3"]);
    assert_eq!(three, place.good(&["sample", "small.json", "-n", "3", "--threads", "2"]));
    assert_eq!(three, place.good(&["sample", "small.json", "-n", "3", "--seed", "1"]));
    let two = place.good(&["sample", "small.json", "-n", "2"]);
    assert!(three.starts_with(&two), "the i-th sample depends on the seed and i only");
    assert_ne!(two, place.good(&["sample", "small.json", "-n", "2", "--seed", "2"]));
    let first = json(two.lines().next().unwrap());
    assert_eq!((&first["space"], &first["settings"]["type"]), (&"memory_bank".into(), &"memory_bank".into()));
    assert_eq!(first["task"]["classes"], 10);
    assert_eq!(place.good(&["sample", "small.json", "-n", "0"]), "");
}

#[test]
fn samples_meet_constraints() {
    let place = Place::new();
    let args = ["sample", "small.json", "-n", "5", "--set", "constraints.max_params=70000"];
    for line in place.good(&args).lines() {
        let done = place.feed(&["describe", "--json", "-"], line);
        assert!(json(&done.out)["params"].as_u64().unwrap() <= 70_000, "{}", done.err);
    }
}

#[test]
fn describes_as_text_json_and_dot() {
    let place = Place::new();
    place.write("a.json", place.good(&["sample", "small.json"]));
    let text = place.good(&["describe", "a.json"]);
    for word in ["parameters", "MACs", "activations", "8×8", "conv", "%0 = input x", "logits = "] {
        assert!(text.contains(word), "expected {word:?} in {text}");
    }
    assert!(place.good(&["describe", "a.json", "--dot"]).starts_with("digraph"));
    for column in ["PART", "PARAMETERS", "MACS", "BANKS", "READ CHANNELS", "OPS"] {
        assert!(text.contains(column), "expected {column} in {text}");
    }
    let all = json(&place.good(&["describe", "a.json", "--json"]));
    let sum =
        |what: &str| all["parts"].as_array().unwrap().iter().map(|p| p[what].as_u64().unwrap()).sum::<u64>();
    assert_eq!(
        (sum("params"), sum("macs")),
        (all["params"].as_u64().unwrap(), all["macs"].as_u64().unwrap())
    );
    assert!(text.contains(all["hash"].as_str().unwrap()));
    assert!(all["params"].is_u64() && all["macs"].is_u64() && all["activation_bytes"].is_u64());

    // A bare architecture needs a job for its space and task.
    let file = json(&place.read("a.json"));
    let bare =
        serde_json::json!({"space": file["space"], "version": file["version"], "choices": file["choices"]});
    place.write("bare.json", bare.to_string());
    place.bad(&["describe", "bare.json"], 2, &["\"task\"", "job"]);
    assert_eq!(place.good(&["describe", "bare.json", "--job", "small.json"]), text);
}

#[test]
fn a_wrong_architecture_is_refused() {
    let place = Place::new();
    let mut file = json(&place.good(&["sample", "small.json"]));
    file["choices"]["blocks"][0]["bank"] = 999.into();
    place.write("a.json", file.to_string());
    place.bad(&["describe", "a.json"], 2, &["/blocks/0/bank"]);
    place.write("b.json", "[1]");
    place.bad(&["describe", "b.json"], 2, &["b.json", "expected an architecture", "found an array"]);
    place.bad(&["describe", "none.json"], 3, &["none.json"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut child = place.command(&["sample", "small.json", "-n", "2000"]);
    let mut child =
        child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

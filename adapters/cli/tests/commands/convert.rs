//! `smash convert`: other ranks, other image sizes, other settings.

use serde_json::{Value, json};

use crate::kit::Place;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A place with three architectures for digits in `0.json` to `2.json`.
fn place() -> Place {
    let place = Place::new();
    for (i, line) in place.good(&["sample", "small.json", "-n", "3"]).lines().enumerate() {
        place.write(&format!("{i}.json"), line);
    }
    place
}

#[test]
fn images_to_voxels_and_back() {
    let place = place();
    for name in ["0.json", "1.json", "2.json"] {
        let args = ["convert", name, "--to-rank", "3", "--extents", "32,32,32", "--preset", "tiny_3d"];
        place.good(&[&args[..], &["--out", "voxels.json"]].concat());
        let file = json(&place.read("voxels.json"));
        assert_eq!(file["task"], json!({"channels": 1, "extents": [32, 32, 32], "classes": 10}));
        assert_eq!(file["settings"]["stem"], json!({"kernel": 3, "stride": 2}));
        assert_eq!(file["choices"]["blocks"][0]["ops"][0]["convs"][0]["kernel"], json!([3, 3, 3]));
        let described = json(&place.good(&["describe", "voxels.json", "--json"]));
        assert!(described["macs"].as_u64().unwrap() < 300_000_000);
        place.good(&["describe", "voxels.json"]);

        place.write("images.json", place.good(&["convert", "voxels.json", "--to-rank", "2"]));
        let back = json(&place.read("images.json"));
        assert_eq!(back["task"]["extents"], json!([32, 32]));
        place.good(&["describe", "images.json"]);
    }
}

#[test]
fn another_image_size_with_another_stem() {
    let place = place();
    let text = place.good(&[
        "convert",
        "0.json",
        "--extents",
        "96,96",
        "--channels",
        "3",
        "--classes",
        "100",
        "--set",
        "stem.stride=2",
    ]);
    let (before, after) = (json(&place.read("0.json")), json(&text));
    assert_eq!(after["task"], json!({"channels": 3, "extents": [96, 96], "classes": 100}));
    assert_eq!(after["settings"]["stem"]["stride"], 2);
    assert_eq!(after["choices"], before["choices"]);
    place.write("large.json", &text);
    assert!(place.good(&["describe", "large.json"]).contains("48×48"));
    // Nothing asked for: nothing changes.
    assert_eq!(json(&place.good(&["convert", "0.json"])), before);
}

#[test]
fn without_extents_new_axes_are_like_the_last() {
    let place = place();
    for (rank, extents) in [("1", json!([8])), ("3", json!([8, 8, 8]))] {
        let file = json(&place.good(&["convert", "0.json", "--to-rank", rank]));
        assert_eq!(file["task"]["extents"], extents);
    }
}

#[test]
fn a_converted_architecture_trains() {
    let place = place();
    let set = ["--set", "stem.stride=2"];
    place.good(&[&["convert", "0.json", "--out", "half.json"][..], &set].concat());
    place.good(&["train", "half.json", "small.json", "--out", "run", "--quiet"]);
    assert!(place.exists("run/metrics.json"));
}

#[test]
fn wrong_calls() {
    let place = place();
    place.bad(&["convert", "0.json", "--to-rank", "3", "--extents", "8,8"], 2, &["--extents", "found 2"]);
    place.bad(&["convert", "0.json", "--extents", "8,0"], 2, &["extents", "[8, 0]"]);
    place.bad(&["convert", "0.json", "--preset", "tiny_4d"], 2, &["preset", "tiny_4d"]);
    place.bad(&["convert", "0.json", "--set", "stem.strides=2"], 2, &["stem/strides", "stride"]);
    place.bad(&["convert", "none.json"], 3, &["none.json"]);
    place.bad(&["convert", "0.json", "--out", "none/x.json"], 3, &["none/x.json"]);
    let file = json(&place.read("0.json"));
    let bare = json!({"space": file["space"], "version": file["version"], "choices": file["choices"]});
    place.write("bare.json", bare.to_string());
    place.bad(&["convert", "bare.json"], 2, &["\"task\""]);
    assert_eq!(json(&place.good(&["convert", "bare.json", "--job", "small.json"])), file);
    assert_eq!(place.run(&["convert", "0.json", "--to-rank", "4"]).code, 2);
}

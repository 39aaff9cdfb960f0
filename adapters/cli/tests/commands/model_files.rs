//! Model files that were cut, or changed by hand, end with one error that names the file; and nothing is
//! written over them.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::kit::Place;

/// A finished run, with an image of its kind to classify.
fn trained() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        place.good(&["search", "small.json", "--out", "run", "--quiet"]);
        image::GrayImage::from_pixel(8, 8, image::Luma([90])).save(place.path("a.png")).unwrap();
        place.good(&["predict", "run", "a.png"]);
        place
    })
}

/// A safetensors file in its parts.
#[derive(Clone)]
struct File {
    header: Value,
    data: Vec<u8>,
}

impl File {
    fn read() -> Self {
        let bytes = std::fs::read(trained().path("run/model.safetensors")).unwrap();
        let length = usize::try_from(u64::from_le_bytes(*bytes.first_chunk().unwrap())).unwrap();
        let header = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        Self { header, data: bytes[8 + length..].to_vec() }
    }

    /// With other metadata.
    fn say(mut self, change: impl FnOnce(&mut Value)) -> Self {
        let text = self.header["__metadata__"]["smash"].as_str().unwrap();
        let mut inner = serde_json::from_str(text).unwrap();
        change(&mut inner);
        self.header["__metadata__"]["smash"] = inner.to_string().into();
        self
    }

    /// With another value in the header.
    fn put(mut self, pointer: &str, value: Value) -> Self {
        *self.header.pointer_mut(pointer).unwrap() = value;
        self
    }

    /// With a tensor by another name.
    fn renamed(mut self, name: &str) -> Self {
        let header = self.header.as_object_mut().unwrap();
        let tensor = header.remove(name).unwrap();
        header.insert("other".into(), tensor);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut header = serde_json::to_vec(&self.header).unwrap();
        header.resize(header.len().next_multiple_of(8), b' ');
        [&(header.len() as u64).to_le_bytes()[..], &header, &self.data].concat()
    }
}

/// Neither predicts nor exports; what the error says.
fn refused(bytes: &[u8], fragment: &str) {
    let place = Place::new();
    place.write("m.safetensors", bytes);
    std::fs::copy(trained().path("a.png"), place.path("a.png")).unwrap();
    place.bad(&["predict", "m.safetensors", "a.png"], 3, &["m.safetensors: ", fragment]);
    for format in ["onnx", "pytorch", "safetensors"] {
        place.bad(&["export", "m.safetensors", "--format", format], 3, &["m.safetensors: ", fragment]);
    }
    assert_eq!(place.names(), ["a.png", "m.safetensors", "small.json"]);
}

#[test]
fn cut_and_stretched_files_are_refused() {
    let bytes = File::read().bytes();
    for end in [0, 4, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        refused(&bytes[..end], "not a weights file of smash: ");
    }
    refused(&[&bytes[..], b"more"].concat(), "not a weights file of smash: ");
    for length in [0, 1, 1 << 40, u64::MAX] {
        let mut bytes = bytes.clone();
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        refused(&bytes, "not a weights file of smash: ");
    }
}

#[test]
fn tensors_that_are_not_those_of_the_network_are_refused() {
    let file = File::read();
    let name = "model.stem.weight";
    let at = |field: &str| format!("/{name}/{field}");
    let (old, next) = (file.header[name].clone(), file.header["model.output.weight"].clone());
    let other = "not a weights file of smash: ";
    refused(&file.clone().put(&at("data_offsets"), next["data_offsets"].clone()).bytes(), other);
    refused(&file.clone().put(&at("data_offsets"), json!([1_u64 << 40, 1_u64 << 41])).bytes(), other);
    refused(&file.clone().put(&at("shape"), json!([1_u64 << 40, 1_u64 << 40])).bytes(), other);
    refused(&file.clone().put(&at("dtype"), json!("F64")).bytes(), other);
    refused(&file.clone().renamed(name).bytes(), "tensor model.stem.weight: expected [");
    let values: u64 = old["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).product();
    refused(&file.clone().put(&at("shape"), json!([values])).bytes(), "tensor model.stem.weight: expected [");
    for bad in [f32::NAN, f32::INFINITY] {
        let mut file = file.clone();
        let end = file.data.len();
        file.data[end - 4..].copy_from_slice(&bad.to_le_bytes());
        refused(&file.bytes(), "expected finite weights");
    }
}

/// What would give wrong classes without a word.
#[test]
fn cards_and_architectures_that_do_not_fit_are_refused() {
    let file = File::read();
    let cases = [
        ("/card/class_names", json!(["a", "b"]), "/card/class_names: expected 10 names"),
        ("/card/class_names", json!([1, 2]), "invalid type: integer `1`, expected a string"),
        ("/card/layout", json!(["height", "width", "channels"]), "/card/layout: expected [\"channels\""),
        ("/card/decoding", json!({"type": "other"}), "unknown variant `other`"),
        ("/card/decoding/range", json!([[1.0, 1.0]]), "/card/decoding: "),
        ("/card/decoding/range", json!([[0.0, 1e39]]), "/card/decoding: "),
        ("/card/decoding/range", json!([]), "/card/decoding: "),
        (
            "/card/normalise",
            json!({"mean": [0.5], "std": [0.0]}),
            "/card/normalise/std/0: expected a number above 0",
        ),
        ("/card/normalise", json!({"mean": [0.5], "std": [-1.0]}), "/card/normalise/std/0: "),
        ("/card/normalise", json!({"mean": [0.5, 1.0], "std": [1.0]}), "/card/normalise/mean: "),
        ("/card/normalise", json!({}), "/card/normalise/mean: "),
        ("/card/seed", json!(-1), "expected u64"),
        ("/task/extents", json!([0, 8]), "architecture: /"),
        ("/task/extents", json!([8, 8, 8, 8]), "architecture: /"),
        ("/task/classes", json!(11), "/card/class_names: expected 11 names"),
        ("/settings/unit", json!(1_u64 << 40), "architecture: /settings/unit"),
        ("/choices/blocks/0/ops/0/reads", json!([99]), "architecture: /choices/blocks/0/ops/0/reads"),
        ("/choices/blocks/0/ops/0/width", json!(1_u64 << 60), "architecture: /choices/blocks/0/ops/0/width"),
        ("/version", json!(9), "in version 9"),
        ("/space", json!("nowhere"), "found \"nowhere\""),
    ];
    for (pointer, value, fragment) in cases {
        let change = |inner: &mut Value| {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            inner.pointer_mut(parent).unwrap()[key] = value;
        };
        refused(&file.clone().say(change).bytes(), fragment);
    }
    for missing in ["choices", "settings", "task"] {
        let remove = |inner: &mut Value| drop(inner.as_object_mut().unwrap().remove(missing));
        refused(&file.clone().say(remove).bytes(), missing);
    }
    for missing in ["layout", "decoding"] {
        let remove = |inner: &mut Value| drop(inner["card"].as_object_mut().unwrap().remove(missing));
        refused(&file.clone().say(remove).bytes(), missing);
    }
}

/// A network whose weights are finite and whose outputs are not.
#[test]
fn outputs_that_are_no_numbers_are_refused() {
    let (mut file, place) = (File::read(), Place::new());
    let name = file.header.as_object().unwrap().keys().find(|name| name.ends_with("norm.var")).unwrap();
    let start = usize::try_from(file.header[name]["data_offsets"][0].as_u64().unwrap()).unwrap();
    file.data[start..start + 4].copy_from_slice(&(-1.0_f32).to_le_bytes());
    place.write("m.safetensors", file.bytes());
    std::fs::copy(trained().path("a.png"), place.path("a.png")).unwrap();
    place.bad(&["predict", "m.safetensors", "a.png"], 3, &["a.png: ", "computes NaN"]);
}

#[test]
fn files_of_a_run_are_not_written_over() {
    let place = trained();
    let before = std::fs::read(place.path("run/model.safetensors")).unwrap();
    let taken = ["this is a file of a run"];
    for out in ["run/model.safetensors", "run/events.jsonl", "run/job.json", "run/checkpoint/state.json"] {
        place.bad(&["export", "run", "--format", "safetensors", "--out", out], 2, &taken);
        place.bad(&["plot", "run", "--out", out], 2, &taken);
        place.bad(&["predict", "run", "a.png", "--report", out], 2, &taken);
        place.bad(&["convert", "run/best.arch.json", "--preset", "tiny", "--out", out], 2, &taken);
        place.bad(&["data", "small.json", "--sheet", out], 2, &taken);
    }
    place.write("copy.safetensors", &before);
    let own = ["export", "copy.safetensors", "--format", "safetensors", "--out", "copy.safetensors"];
    place.bad(&own, 2, &["this is the model itself"]);
    place.write("copy.onnx", "mine");
    place.bad(&["export", "copy.safetensors", "--format", "onnx"], 2, &["copy.onnx: is there already"]);
    assert_eq!(place.read("copy.onnx"), "mine");
    place.good(&["export", "copy.safetensors", "--format", "onnx", "--out", "copy.onnx"]);
    assert!(place.read("run/run.svg").contains("<svg"));
    place.good(&["plot", "run", "--out", "run/run.svg"]);
    assert_eq!(std::fs::read(place.path("run/model.safetensors")).unwrap(), before);
}

//! Models are written in the formats of others.

use crate::kit::Place;

#[test]
fn a_model_is_exported_from_its_run_and_from_its_file_alone() {
    let place = Place::new();
    place.good(&["search", "small.json", "--out", "run", "--quiet"]);
    assert_eq!(place.good(&["export", "run", "--format", "onnx"]), "run.onnx\n");
    let files = place.good(&["export", "run", "--format", "pytorch"]);
    assert_eq!(files, "run-pytorch/model.py\nrun-pytorch/model.safetensors\n");
    assert_eq!(place.good(&["export", "run", "--format", "safetensors"]), "run-weights.safetensors\n");
    let module = place.read("run-pytorch/model.py");
    for text in ["class Network(nn.Module)", "\"dataset\": \"digits\"", "pixels from 0 (black) to 1 (white)"]
    {
        assert!(module.contains(text), "{text} is missing in {module}");
    }

    std::fs::copy(place.path("run/model.safetensors"), place.path("alone.safetensors")).unwrap();
    place.good(&["export", "alone.safetensors", "--format", "onnx", "--out", "other.onnx"]);
    let bytes = |name: &str| std::fs::read(place.path(name)).unwrap();
    assert!(bytes("other.onnx") == bytes("run.onnx"));
    place.good(&["export", "run", "--format", "onnx", "--logits", "--fold", "--out", "other.onnx"]);
    assert!(bytes("other.onnx") != bytes("run.onnx"));
}

#[test]
fn what_is_no_model_is_not_exported() {
    let place = Place::new();
    place.bad(&["export", "small.json", "--format", "onnx"], 3, &["small.json", "not a weights file"]);
    place.bad(&["export", "none", "--format", "onnx"], 3, &["none"]);
    std::fs::create_dir(place.path("folder")).unwrap();
    place.bad(&["export", "folder", "--format", "onnx"], 2, &["folder", "no retrained model yet"]);
}

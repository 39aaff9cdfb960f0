//! Voxels from files through the program: a search, and an architecture found on images that is converted and
//! trained.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use smash_tests::kit::{Place, lines};

const CLASSES: [&str; 10] =
    ["bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet"];

/// A grid as a .npy file: a box whose height is that of its class.
fn file(class: usize, number: usize) -> Vec<u8> {
    let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (32, 32, 32), }\n";
    let mut bytes = [b"\x93NUMPY\x01\x00", &[text.len() as u8, 0][..], text.as_bytes()].concat();
    let inside = |x: usize, y: usize, z: usize| {
        (8..20 + number % 4).contains(&x) && (8..22).contains(&y) && z < 3 * class + 3
    };
    bytes.extend((0..32 * 32 * 32).map(|at| u8::from(inside(at / 1024, at / 32 % 32, at % 32))));
    bytes
}

/// A folder with some objects of each class.
fn objects(folder: &Path, train: usize, test: usize) {
    for (class, name) in CLASSES.iter().enumerate() {
        for (part, count) in [("train", train), ("test", test)] {
            let part = folder.join(name).join(part);
            fs::create_dir_all(&part).unwrap();
            (0..count).for_each(|n| fs::write(part.join(format!("{n}.npy")), file(class, n)).unwrap());
        }
    }
}

/// A search, a conversion and a training on the objects of a path.
fn search_convert_train(place: &Place, path: &Path) {
    let job = json!({
        "seed": 1,
        "space": {"type": "memory_bank", "preset": "tiny_3d"},
        "dataset": {"type": "modelnet10", "path": path, "poses": 4, "validation": 0.2},
        "strategy": {
            "type": "smash", "epochs": 1, "batch": 20,
            "scoring": {"examples": 20, "calibration": 10},
            "search": {"random": 2, "perturbation": 1, "chain": 1}
        },
        "retrain": {"epochs": 1, "batch": 20, "lr": 0.05},
    });
    place.write("voxels.json", &job.to_string());
    place.good(&["search", "voxels.json", "--out", "searched", "--quiet"]);
    let test_error = finished(place, "searched");
    // Outside the run, the same poses are averaged.
    let answers = lines(&place.good(&["predict", "searched"]));
    let wrong = answers.iter().filter(|answer| answer["class"] != answer["label"]).count();
    assert_eq!(wrong as f64 / answers.len() as f64, test_error);
    let sum: f64 = answers[0]["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");

    place.write("images.json", &json!({"space": {"type": "memory_bank", "preset": "tiny"}}).to_string());
    place.write("image.arch.json", &place.good(&["sample", "images.json"]));
    let to = ["--to-rank", "3", "--extents", "32,32,32", "--preset", "tiny_3d", "--out", "voxel.arch.json"];
    place.good(&[&["convert", "image.arch.json"][..], &to].concat());
    place.good(&["train", "voxel.arch.json", "voxels.json", "--out", "trained", "--quiet"]);
    finished(place, "trained");
}

/// The test error of a run that went well.
fn finished(place: &Place, run: &str) -> f64 {
    let metrics: Value = serde_json::from_str(&place.text(&format!("{run}/metrics.json"))).unwrap();
    assert_eq!(metrics["skipped_steps"], 0);
    metrics["test_error"].as_f64().unwrap()
}

#[test]
fn made_up_voxels_from_a_folder() {
    let place = Place::new();
    let path = place.path("ModelNet10");
    objects(&path, 5, 2);
    search_convert_train(&place, &path);
}

#[test]
fn modelnet10_from_the_command_line() {
    let name = "modelnet10_from_the_command_line";
    let Some(data) = std::env::var_os("SMASH_DATA").map(PathBuf::from) else {
        println!("SKIP {name}: SMASH_DATA is not set (set it to a folder that holds modelnet10/rot24-sub)");
        return;
    };
    let path = data.join("modelnet10/rot24-sub");
    if !path.is_dir() {
        println!("SKIP {name}: SMASH_DATA holds no modelnet10/rot24-sub");
        return;
    }
    search_convert_train(&Place::new(), &path);
}

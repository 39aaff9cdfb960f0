//! Voxels from files through the program: a search, and an architecture found on images that is converted and
//! trained.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use smash_tests::kit::{Place, lines};

const CLASSES: [&str; 10] =
    ["bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet"];

/// A .npy file of grids.
fn npy(shape: &str, grids: &[Vec<u8>]) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &[text.len() as u8, 0][..], text.as_bytes(), &grids.concat()].concat()
}

/// A grid as a .npy file.
fn file(class: usize, number: usize) -> Vec<u8> {
    npy("(32, 32, 32)", &[grid(class, number)])
}

/// A grid: a box whose height is that of its class.
fn grid(class: usize, number: usize) -> Vec<u8> {
    let inside = |x: usize, y: usize, z: usize| {
        (8..20 + number % 4).contains(&x) && (8..22).contains(&y) && z < 3 * class + 3
    };
    (0..32 * 32 * 32).map(|at| u8::from(inside(at / 1024, at / 32 % 32, at % 32))).collect()
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
    as_files(&place);
}

/// Objects that belong to no dataset are turned and averaged as those of the dataset are.
fn as_files(place: &Place) {
    let sorted = |mut lines: Vec<Value>| -> Vec<(String, Vec<f64>)> {
        let row = |line: &mut Value| {
            let row = line["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
            (format!("{} {}", line["label"], line["class"]), row)
        };
        let mut rows: Vec<(String, Vec<f64>)> = lines.iter_mut().map(row).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1[0].total_cmp(&b.1[0])));
        rows
    };
    let alike = |some: &[f64], others: &[f64]| some.iter().zip(others).all(|(a, b)| (a - b).abs() < 1e-5);
    let dataset = sorted(lines(&place.good(&["predict", "searched", "--part", "all"])));
    let files = lines(&place.good(&["predict", "searched/model.safetensors", "ModelNet10"]));
    assert_eq!((dataset.len(), &files[5]["file"]), (70, &json!("ModelNet10/bathtub/train/3.npy")));
    for ((label, row), (expected, others)) in sorted(files).iter().zip(&dataset) {
        assert!(label == expected && alike(row, others), "{label}: {row:?}, not {others:?}");
    }
    // One of them alone, and two in one array.
    place.good(&["predict", "searched", "ModelNet10/bathtub/test/0.npy"]);
    fs::write(place.path("two.npy"), npy("(2, 32, 32, 32)", &[grid(0, 0), grid(0, 1)])).unwrap();
    let two = sorted(lines(&place.good(&["predict", "searched", "two.npy"])));
    let one = sorted(lines(&place.good(&["predict", "searched", "ModelNet10/bathtub/test"])));
    assert!(two.len() == 2 && two.iter().zip(&one).all(|(two, one)| alike(&two.1, &one.1)));
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

//! A job on a user's own images: how they are split and normalised, also when others are classified later.

use serde_json::{Value, json};

use crate::kit::{self, Place};

/// Stripes of two directions in the idx format; `brightness` is added to those that train, which are as many
/// as that of the test.
fn images(place: &Place, folder: &str, brightness: u8) {
    const COUNT: u32 = 80;
    for (part, brightness) in [("train", brightness), ("t10k", 0)] {
        let pixel = |n: u32, at: u32| {
            let along = if n.is_multiple_of(2) { at / 8 } else { at % 8 };
            brightness + (20 * ((along + n) % 4) + n) as u8
        };
        let head = |axes: &[u32]| {
            let extents: Vec<u8> = axes.iter().flat_map(|axis| axis.to_be_bytes()).collect();
            [&[0, 0, 8, axes.len() as u8], &extents[..]].concat()
        };
        let mut x = head(&[COUNT, 8, 8]);
        x.extend((0..COUNT).flat_map(|n| (0..64).map(move |at| pixel(n, at))));
        let mut y = head(&[COUNT]);
        y.extend((0..COUNT).map(|n| (n % 2) as u8));
        place.write(&format!("{folder}/{part}-images-idx3-ubyte"), x);
        place.write(&format!("{folder}/{part}-labels-idx1-ubyte"), y);
    }
}

fn job(place: &Place) -> Value {
    let mut job: Value = serde_json::from_str(kit::SMALL).unwrap();
    job["dataset"] = json!({"type": "idx", "path": "mine", "classes": 2});
    job["strategy"]["batch"] = 20.into();
    job["retrain"] = json!({"epochs": 2, "batch": 20});
    place.write("job.json", job.to_string());
    job
}

#[test]
fn what_is_classified_later_is_normalised_as_in_training() {
    let place = Place::new();
    images(&place, "mine", 60);
    images(&place, "others", 0);
    job(&place);
    let fold = ["--set", "splits.type=k_fold", "--set", "splits.folds=4", "--set", "splits.fold=1"];
    let said = place.good(&[&["validate", "job.json"], &fold[..]].concat());
    assert!(said.contains("60 training, 20 validation and 80 test examples"), "{said}");
    assert!(said.contains("fold 1 of 0 to 3 validates"), "{said}");
    let summary = place.good(&[&["search", "job.json", "--out", "run"], &fold[..]].concat());
    assert!(summary.contains("data loading"), "{summary}");

    let metrics: Value = serde_json::from_str(&place.read("run/metrics.json")).unwrap();
    let (mean, std) = (&metrics["normalise"]["mean"], &metrics["normalise"]["std"]);
    // Pixels of 60 and up to 60 + 79, and the number of the image.
    assert!((0.4..0.6).contains(&mean[0].as_f64().unwrap()) && std[0].as_f64().unwrap() < 0.3, "{metrics}");
    assert!(metrics["seconds"]["waiting"].as_f64().unwrap() <= metrics["seconds"]["total"].as_f64().unwrap());

    // The other folder has the same test images, among others by which it would be normalised by itself.
    let own = place.good(&["predict", "run"]);
    let test = ["--part", "test"];
    assert_eq!(place.good(&[&["predict", "run", "others"], &test[..]].concat()), own);
    place.write("others.json", json!({"type": "idx", "path": "others", "classes": 2}).to_string());
    assert_eq!(place.good(&[&["predict", "run", "others.json"], &test[..]].concat()), own);
    // All of it, unless a part is asked for.
    assert_eq!(place.good(&["predict", "run", "others"]).lines().count(), 160);
    let given = json!({"mean": [0.1], "std": [0.2]});
    let given = json!({"type": "idx", "path": "others", "classes": 2, "normalise": given});
    place.write("given.json", given.to_string());
    assert_ne!(
        place.good(&[&["predict", "run", "given.json"], &test[..]].concat()),
        own,
        "numbers that are given stay"
    );
}

#[test]
fn splits_and_numbers_that_cannot_be_are_refused_at_their_place() {
    let place = Place::new();
    images(&place, "mine", 60);
    let job = job(&place);
    for (pointer, value, fragments) in [
        ("splits", json!({"type": "k_fold", "folds": 3, "fold": 3}), ["/splits/fold", "0 to 2 of 3 folds"]),
        (
            "splits",
            json!({"type": "k_fold", "folds": 81, "fold": 0}),
            ["/splits/folds", "each of 80 examples"],
        ),
        ("splits", json!({"type": "k_fold", "folds": 3}), ["/splits", "\"fold\""]),
        ("splits", json!({"type": "folds"}), ["/splits/type", "\"k_fold\""]),
        ("splits", json!({"type": "last", "validation": 0.7}), ["/splits/validation", "at most 0.5"]),
        ("splits", json!({"type": "last", "folds": 2}), ["/splits/folds", "unknown field"]),
        ("dataset", json!({"normalise": {"mean": [0.5]}}), ["/dataset/normalise/std", "expected 1 number"]),
        ("dataset", json!({"normalise": {"means": [0.5]}}), ["/dataset/normalise/means", "unknown field"]),
        ("dataset", json!({"augmentation": {"cutout": -2}}), ["/dataset/augmentation/cutout", "at least 0"]),
    ] {
        let mut job = job.clone();
        let fields = value.as_object().unwrap().clone();
        if job[pointer].is_null() {
            job[pointer] = json!({});
        }
        job[pointer].as_object_mut().unwrap().extend(fields);
        place.write("job.json", job.to_string());
        let code = place.run(&["validate", "job.json"]).code;
        place.bad(&["validate", "job.json"], code, &fragments);
        assert_ne!(code, 0);
    }
}
